// Generated from openapi.json by `npm run types`; not to be changed by hand.

export interface paths {
    "/api/v1/access/assistants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Assistants, who read what their managers read */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Assistants"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/assistants/{manager_id}/{assistant_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Make a user the assistant of another */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    manager_id: number;
                    assistant_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** End an assistance */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    manager_id: number;
                    assistant_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/defaults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What everybody may do with every record of an object; objects that are absent are private */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Defaults"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/defaults/{object}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set what everybody may do with every record of an object */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    object: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AccessDefaultInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/dimensions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Data dimensions beside the department */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Dimensions"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Make a data dimension */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DimensionInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/dimensions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a data dimension; those bound are those given */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DimensionInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a data dimension */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/field_readers/{object}/{field}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who sees a field */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    object: string;
                    field: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FieldReaders"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Groups of users, departments and groups */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Groups"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Make a group */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GroupInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a group; the members are those given */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GroupInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a group; what was shared with it ends */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/layers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What groups, departments and single users change about the rights of their profile and role */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Layers"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/layers/{holder}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set what a group, department or user changes */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description `group:2`, `department:3` or `user:7` */
                    holder: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RightsChange"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove what a group, department or user changes */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    holder: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/oidc_providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Single sign-on providers */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OidcProviders"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/oidc_providers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Make or change a single sign-on provider */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OidcProviderWanted"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a single sign-on provider */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/outbound_allowed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Private addresses that outgoing requests may reach */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OutboundAllowed"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        /** Set the private addresses that outgoing requests may reach */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OutboundAllowed"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/password_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set what a password must be like */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordRuleSet"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Profiles: what one may do with each object and field */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Profiles"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/profiles/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Make or change a profile */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ProfileInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a profile that nobody has */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/readers/{object}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who may see a record, and why */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    object: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Readers"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Roles: how far one sees */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Roles"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/roles/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Make or change a role */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RoleInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a role that nobody has */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/sharing_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sharing rules */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SharingRules"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Make a sharing rule */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SharingRuleInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/sharing_rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a sharing rule */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SharingRuleInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a sharing rule */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/sign_ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sign-ins of everybody, the youngest first */
        get: {
            parameters: {
                query?: {
                    /** @description Id of the last entry of the page before. */
                    before?: number;
                    user_id?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignIns"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/users/{id}/log_in_as": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in as another user
         * @description The session becomes that user's for an hour; every change names both. Recorded with the reason.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AsAnother"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/users/{id}/rights": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a user may do, and where each right comes from */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserRights"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open sessions of a user */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Sessions"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** End all sessions of a user */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/users/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Access tokens of a user */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccessTokens"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/users/{id}/tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an access token of a user */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    token: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/users/{id}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Switch the second factor of a user off, who lost it */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Own access tokens */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccessTokens"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /**
         * Make an API key or an SQL token
         * @description The secret is in this answer and nowhere else.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewAccessToken"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccessTokenSecret"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access_tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one of the own access tokens */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/clv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Customer lifetime value with back-test */
        get: {
            parameters: {
                query?: {
                    /** @description The last day that is known. Without: the day of the last purchase. */
                    as_of?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClvAnswer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Retention by month of first purchase */
        get: {
            parameters: {
                query?: {
                    /** @description The last day that is known. Without: the day of the last purchase. */
                    as_of?: string;
                    /** @description Months after the first one to show. */
                    months?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RetentionAnswer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/rfm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** RFM grid and segments */
        get: {
            parameters: {
                query?: {
                    /** @description The last day that is known. Without: the day of the last purchase. */
                    as_of?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RfmAnswer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/sales": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Confirmed and paid orders by month and region */
        get: {
            parameters: {
                query?: {
                    /** @description `month`, `region`, or both: `month,region`. */
                    by?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SalesAnswer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The approvals of a record, with their history */
        get: {
            parameters: {
                query: {
                    object: string;
                    record: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Approvals"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /**
         * Submit a record for approval
         * @description It is locked until the approval is over.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Submission"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeRule"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/tasks/{task}/decide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide
         * @description `approve`, `reject` or `{"return": {"to_step": 0}}` (to the submitter, when it is null).
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    task: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Decided"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/tasks/{task}/delegate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let somebody else decide */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    task: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Delegation"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/waiting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What waits for one's decision */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WaitingTasks"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{id}/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back what one submitted */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Remark"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/launch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Launch a campaign
         * @description Checks template, sender, consent and suppression, plans one message an address, and hands the rest to the sender.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Launched"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/obstacles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What stands in the way of a launch
         * @description Empty when nothing does. Changes nothing.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Obstacles"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a running campaign */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What came of a campaign */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CampaignResult"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a paused campaign go on */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a running campaign
         * @description Messages not yet handed over stay unsent.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures of the home page */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Dashboard"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was defined at run time */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Definitions"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary/layouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Save a layout
         * @description `{"object", "profile", "shown_for", "sections": [{"label", "fields"}]}`; replaces the one for the same profile and records. Served by `/api/v1/meta`.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary/layouts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a layout */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary/objects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add an object
         * @description `{"name", "label": {"en","zh"}, "label_plural", "number", "ownership", "fields": […]}`. Its title field `name` comes by itself.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Only check and say what would be done */
                    dry_run?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary/objects/{object}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change an object's labels, list, numbering or rules */
        patch: {
            parameters: {
                query?: {
                    /** @description Only check and say what would be done */
                    dry_run?: boolean;
                };
                header?: never;
                path: {
                    object: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/dictionary/objects/{object}/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a field to an object
         * @description `{"name", "label": {"en","zh"}, "type", "required", "default", "options", …}`, as in the catalog. The field is a typed column at once.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Only check and say what would be done */
                    dry_run?: boolean;
                };
                header?: never;
                path: {
                    object: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary/objects/{object}/fields/{field}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a field's label, demands, options or limits */
        patch: {
            parameters: {
                query?: {
                    /** @description Only check and say what would be done */
                    dry_run?: boolean;
                };
                header?: never;
                path: {
                    object: string;
                    field: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/dictionary/option_sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add an option set
         * @description `{"name", "label": {"en","zh"}, "options": [{"value", "label", "color", "active"}]}`.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Only check and say what would be done */
                    dry_run?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary/option_sets/{set}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change an option set
         * @description Options are offered in the order given. A value that was ever offered stays: it is switched off with `"active": false`.
         */
        patch: {
            parameters: {
                query?: {
                    /** @description Only check and say what would be done */
                    dry_run?: boolean;
                };
                header?: never;
                path: {
                    set: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/duplicate_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rules by which records are taken for duplicates */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        /**
         * Save a rule
         * @description `{"object", "name", "action": "warn" | "block", "parts": [{"field", "match": "exact" | "phone" | "email" | "company" | "similar", "threshold"}]}`; replaces the one with the same name.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duplicate_rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a rule */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes as they happen
         * @description Events are named `record` ({object, resource, id, version, action, by}), `job`, `lake` ({lsn}) and `missed` (reload: some events were lost).
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the service works
         * @description 200 when everything does or only analysis is down, 503 when records can't be reached.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Imports of the caller; of everyone for administrators */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an import is, or what it did */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a running import
         * @description Nothing of it remains.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/refused": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The refused rows of an import with their reasons, as CSV */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take an import back
         * @description Added records go, changed ones get their former values; those that were changed or referred to since are kept.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lake/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List of erasures
         * @description The youngest first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Those with a smaller number. */
                    before?: number;
                    /** @description 1 to 500. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LakeErasures"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /**
         * Erase a customer as a person
         * @description Personal fields of the customer, its contacts and the mails to them (and the name of a customer that is a person) leave the records, the audit
         *     trail, notes and files at once, and all files of the lake, the past included, in the background. It can't be taken back.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AskErasure"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LakeErasure"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lake/erasures/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** State of an erasure */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LakeErasure"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lake/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** State of the lake */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LakeStatus"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lake/tables/{table}/clustering": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Choose the columns by which a table of the lake is clustered
         * @description Files come into the new order by compaction.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description As `schema.table` */
                    table: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LakeClustering"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lake/tables/{table}/compaction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a table of the lake in order now
         * @description Writes what waits in memory, merges small files, leaves dead rows out, and brings files into the clustered order. Changes
         *     that come meanwhile win: what they touch is left for the next time.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description As `schema.table` */
                    table: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LakeCompaction"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lake/tables/{table}/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Choose how a table of the lake takes dead rows */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description As `schema.table` */
                    table: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SetLakeProfile"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lake/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare the lake with the records
         * @description Counts of rows and sums of ids and versions of every business table, recycled rows left out.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LakeVerification"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/marks/{mark}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Records that the caller follows or favours */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    mark: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mentions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Comments that name the caller */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mentions/{remark}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Note that a mention was seen */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    remark: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/merges/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a merge back */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meta": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The data dictionary
         * @description Objects that the caller may not read and fields that are hidden from them are absent.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Meta"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's notices */
        get: {
            parameters: {
                query?: {
                    unread?: boolean;
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Inbox"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark all notices as read */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark a notice as read */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{id}/pay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Record the payment of an order
         * @description Writes the payment and the order's status together; the answer is the order.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PayOrder"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/report_deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Archive of delivered reports */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReportDeliveries"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/report_deliveries/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A delivered report, as it was sent */
        get: {
            parameters: {
                query?: {
                    format?: "pdf" | "xlsx" | "html";
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/pdf": number[];
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": number[];
                        "text/html": string;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/report_packs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Own report packs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReportPacks"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Save a report pack */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SaveReportPack"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReportPack"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/report_packs/{id}/deliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deliver a report pack now
         * @description Every recipient gets own figures.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReportDeliveries"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/report_packs/{id}/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Render a report pack now
         * @description With the caller's own rights, on everything committed until now or until `as_of`.
         */
        get: {
            parameters: {
                query?: {
                    format?: "pdf" | "xlsx" | "html";
                    /** @description The report as it was at this instant of the past, within the rights of now. */
                    as_of?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/pdf": number[];
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": number[];
                        "text/html": string;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search all records
         * @description Words are found by their beginning; Chinese by any part, by pinyin and by its initials. Only records and fields that the
         *     caller may see are searched.
         */
        get: {
            parameters: {
                query: {
                    q: string;
                    /** @description Names of objects, comma separated */
                    objects?: string;
                    /** @description Hits an object, 1 to 50; 10 without */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Count a segment before saving it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SegmentDraft"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SegmentPreview"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments/{id}/evaluate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find a segment's members anew */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SegmentEvaluation"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Members of a segment */
        get: {
            parameters: {
                query?: {
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: number;
                    "page[size]"?: number;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SegmentMembers"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, with rights and CSRF token */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionState"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /**
         * Sign in
         * @description Sets the cookie `basalt_session`. A user with a second factor is answered `code_needed` (401) without a code.
         *     Too many failures answer 429 with `Retry-After`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SignIn"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        /** Sign out */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /** Change the own language */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SessionPatch"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionState"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/session/oidc/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Begin to sign in at a provider
         * @description Sends the browser there.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Path to go on to after signing in. */
                    return_to?: string;
                };
                header?: never;
                path: {
                    provider: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description To the provider */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/oidc/{provider}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * End of a sign-in at a provider
         * @description Sets the session cookie and sends the browser on.
         */
        get: {
            parameters: {
                query?: {
                    state?: string;
                    code?: string;
                    error?: string;
                };
                header?: never;
                path: {
                    provider: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Signed in */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the own password
         * @description Ends all sessions of the user, this one included.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordChange"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a password must be like */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PasswordRuleSet"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ways to sign in elsewhere */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignOnProviders"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/sign_ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own sign-ins, the youngest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignIns"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How one's second factor stands */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TotpState"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /**
         * Begin a second factor
         * @description It counts once a code was confirmed.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TotpEnrolment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        /** Switch the second factor off */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordAgain"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch the second factor on */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TotpCode"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecoveryCodes"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Own open sessions */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Sessions"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of the own sessions */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run SQL */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SqlRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SqlAnswer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All tags on records that the caller may read */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Records of all kinds that carry a tag */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    tag: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/dry_run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a rule without doing anything
         * @description Says for each record what the rule would do, and which part of the condition decided.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DryRuns"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Flows of approval */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Flows"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Make a flow */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FlowInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeRule"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/flows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a flow; approvals under way keep what they began with */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FlowInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a flow that was never used */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What workflow did about a record */
        get: {
            parameters: {
                query: {
                    object: string;
                    record: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["History"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rules */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Rules"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Make a rule */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RuleInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeRule"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a rule */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RuleInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a rule and its runs */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs of rules, the youngest first */
        get: {
            parameters: {
                query?: {
                    rule?: number;
                    object?: string;
                    record?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Runs"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Webhooks */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Webhooks"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Make a webhook */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeRule"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a webhook; it then shows what you may see */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a webhook */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflow/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a webhook sent */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deliveries"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change, delete, restore or purge many records
         * @description Every record has its own outcome: one that is refused does not hold up the others.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Bulk"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BulkResult"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/duplicates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What looks like a record with these values
         * @description The body holds fields as for a new record. Of records that the caller may not read only the existence is told.
         */
        post: {
            parameters: {
                query?: {
                    except?: number;
                };
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A list as CSV or XLSX
         * @description Exactly the filtered rows and the chosen columns. What a spreadsheet would take for a formula is written as text.
         */
        get: {
            parameters: {
                query?: {
                    format?: string;
                    filter?: string;
                    q?: string;
                    sort?: string;
                    fields?: string;
                    tag?: string;
                    labels?: boolean;
                };
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import a file
         * @description The body is the file, CSV in UTF-8 or XLSX. Answers at once; the import goes on in the background and is followed by its id.
         */
        post: {
            parameters: {
                query: {
                    name: string;
                    upsert_key?: string;
                    mapping?: string;
                    sheet?: string;
                    dry_run?: boolean;
                };
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": number[];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Saved lists of the caller and those shared with all */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Save a list */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ViewInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/views/{view}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a saved list of one's own */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    view: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ViewInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Remove a saved list of one's own */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    view: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Comments on a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Write a comment */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RemarkInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/companions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tags, followers and the caller's marks of a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy a record
         * @description Unique values are not copied; `changes` go before.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Copy"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attachments of a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /**
         * Attach a file
         * @description The body is the file itself, at most 100 MB.
         */
        post: {
            parameters: {
                query: {
                    name: string;
                };
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": number[];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/files/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file */
        get: {
            parameters: {
                query?: {
                    inline?: boolean;
                };
                header?: never;
                path: {
                    resource: string;
                    id: number;
                    file: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": number[];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Remove a file */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                    file: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/marks/{mark}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Follow a record or make it a favourite */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                    /** @description `follow` or `favourite` */
                    mark: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        /** Take the caller's mark away */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                    mark: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge duplicates into a record
         * @description References, tags, notes and comments of the merged records move to this one.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Merge"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Merged"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notes on a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Write a note */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RemarkInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove a recycled record for good */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/remarks/{remark}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take back a note or comment of one's own */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                    remark: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /** Change a note or comment of one's own */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                    remark: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RemarkInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/{resource}/{id}/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set the tags of a record */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Tags"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/{resource}/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened around a record
         * @description Changes, notes, comments and the records that refer to it, the latest first.
         */
        get: {
            parameters: {
                query?: {
                    "page[after]"?: string;
                    /** @description 1 to 200; 50 without */
                    "page[size]"?: number;
                };
                header?: never;
                path: {
                    resource: string;
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/departments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List departments */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DepartmentPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: department */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DepartmentCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Department"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/departments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Department"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DepartmentPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Department"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/departments/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Department"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/departments/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: user */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UserCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UserPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/users/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List customers */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CustomerPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: customer */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CustomerCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Customer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Customer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CustomerPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Customer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/customers/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Customer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/customers/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/customers/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Team and further shares of a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The shares, the oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Share"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Share a record, or change the share there is */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShareInput"];
                };
            };
            responses: {
                /** @description The id of the share */
                201: {
                    headers: {
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/customers/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a share */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    share: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List contacts */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ContactPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: contact */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ContactCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Contact"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Contact"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ContactPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Contact"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/contacts/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Contact"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List products */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProductPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: product */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ProductCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Product"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Product"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ProductPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Product"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/products/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Product"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List orders */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: order */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OrderCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Order"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Order"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OrderPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Order"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/orders/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Order"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Team and further shares of a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The shares, the oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Share"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Share a record, or change the share there is */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShareInput"];
                };
            };
            responses: {
                /** @description The id of the share */
                201: {
                    headers: {
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a share */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    share: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/order_lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List order lines */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderLinePage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: order line */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OrderLineCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderLine"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/order_lines/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderLine"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OrderLinePatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderLine"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/order_lines/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderLine"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/order_lines/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List payments */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PaymentPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: payment */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PaymentCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Payment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/payments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Payment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PaymentPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Payment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/payments/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Payment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/payments/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tasks */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TaskPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: task */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TaskCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Task"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Task"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TaskPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Task"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/tasks/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Task"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Team and further shares of a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The shares, the oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Share"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Share a record, or change the share there is */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShareInput"];
                };
            };
            responses: {
                /** @description The id of the share */
                201: {
                    headers: {
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a share */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    share: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List segments */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SegmentPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: segment */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SegmentCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Segment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Segment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SegmentPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Segment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/segments/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Segment"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Team and further shares of a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The shares, the oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Share"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Share a record, or change the share there is */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShareInput"];
                };
            };
            responses: {
                /** @description The id of the share */
                201: {
                    headers: {
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/segments/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a share */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    share: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List campaigns */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CampaignPage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: campaign */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CampaignCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Campaign"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Campaign"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CampaignPatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Campaign"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/campaigns/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Campaign"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Team and further shares of a record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The shares, the oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Share"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Share a record, or change the share there is */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShareInput"];
                };
            };
            responses: {
                /** @description The id of the share */
                201: {
                    headers: {
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a share */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    share: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List messages */
        get: {
            parameters: {
                query?: {
                    /** @description Condition as JSON: {"all":[{"field":"…","op":"eq","value":…}]}. */
                    filter?: string;
                    /** @description Search words. */
                    q?: string;
                    /** @description Fields, comma separated; a leading - sorts downwards. */
                    sort?: string;
                    /** @description Fields to return, comma separated; dotted paths reach over references. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                    /** @description Continue after this, from `next` of the page before. */
                    "page[after]"?: string;
                    /** @description Records a page. */
                    "page[size]"?: number;
                    /** @description Only records with this tag. */
                    tag?: string;
                    /** @description List the recycle bin instead. */
                    recycled?: boolean;
                    /** @description Also return `total`. */
                    count?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessagePage"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        /** Create a record: message */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MessageCreate"];
                };
            };
            responses: {
                /** @description The new record */
                201: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a record */
        get: {
            parameters: {
                query?: {
                    /** @description Fields to return, comma separated. */
                    fields?: string;
                    /** @description References to return as objects, comma separated. */
                    include?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        /** Move a record to the recycle bin */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone to the recycle bin */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a record
         * @description Absent fields stay, null empties, anything else is the new value. With If-Match the change is refused when the record has another version.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that was read, such as "3". */
                    "If-Match"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MessagePatch"];
                };
            };
            responses: {
                /** @description The record as it is now */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        trace?: never;
    };
    "/api/v1/messages/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a record out of the recycle bin */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Requests with the same key act once. */
                    "Idempotency-Key"?: string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The record */
                200: {
                    headers: {
                        ETag?: string;
                        "Basalt-Lsn"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what and when */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, the youngest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                        };
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What everybody may do with every record of an object.
         * @enum {string}
         */
        AccessDefault: "private" | "read" | "write";
        AccessDefaultEntry: {
            access: components["schemas"]["ShareAccess"];
            object: string;
        };
        AccessDefaultInput: {
            access: components["schemas"]["AccessDefault"];
        };
        AccessToken: {
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @description First characters of an API key. */
            hint?: string | null;
            /** Format: int64 */
            id: number;
            kind: components["schemas"]["TokenKind"];
            /** Format: date-time */
            last_used_at?: string | null;
            name: string;
            scopes: string[];
            /** @description User name of an SQL token. */
            username?: string | null;
        };
        AccessTokenSecret: {
            /** @description `host:port` of the SQL door. */
            address?: string | null;
            /** Format: date-time */
            expires_at: string;
            /** Format: int64 */
            id: number;
            /** @description The API key. Shown this once. */
            key?: string | null;
            kind: components["schemas"]["TokenKind"];
            /** @description Password for the SQL door. Shown this once. */
            password?: string | null;
            /** @description User name for the SQL door. */
            username?: string | null;
        };
        AccessTokens: {
            items: components["schemas"]["AccessToken"][];
        };
        Approval: {
            /** Format: date-time */
            finished_at?: string | null;
            flow: string;
            history: components["schemas"]["ApprovalEntry"][];
            /** Format: int64 */
            id: number;
            object: string;
            /** Format: int64 */
            record_id: number;
            state: string;
            step?: string | null;
            /** Format: date-time */
            submitted_at: string;
            /** Format: int64 */
            submitted_by: number;
            waiting_for: number[];
        };
        ApprovalDefinition: {
            on_approve?: Record<string, unknown> | null;
            on_recall?: Record<string, unknown> | null;
            on_reject?: Record<string, unknown> | null;
            on_submit?: Record<string, unknown> | null;
            steps: components["schemas"]["ApprovalStep"][];
        };
        ApprovalEntry: {
            /** Format: date-time */
            at: string;
            comment?: string | null;
            /** Format: int32 */
            step?: number | null;
            /** Format: int64 */
            user_id?: number | null;
            /** @description `submitted`, `asked`, `approved`, `rejected`, `returned`, `delegated`, `recalled`, `escalated`, `skipped`, `finished` */
            what: string;
        };
        ApprovalFlow: {
            active: boolean;
            definition: components["schemas"]["ApprovalDefinition"];
            /** Format: int64 */
            id: number;
            name: string;
            object: string;
            /** Format: int32 */
            version: number;
        };
        ApprovalStep: {
            /** @description `{"party":"user:7"}`, `{"role":…}`, `{"field":"owner"}`, `{"manager_of":{"field":"owner","levels":1}}` */
            approvers: Record<string, unknown>[];
            escalate_to?: Record<string, unknown>[] | null;
            /** Format: int32 */
            hours?: number | null;
            /** Format: int32 */
            max_level?: number | null;
            /** Format: int32 */
            min_level?: number | null;
            /** @description `any`, `all`, `sequence` */
            mode: string;
            name: string;
            when?: Record<string, unknown> | null;
        };
        Approvals: {
            items: components["schemas"]["Approval"][];
        };
        AsAnother: {
            /** @description Kept in the record of sign-ins. */
            reason: string;
        };
        AskErasure: {
            /** @description The customer's code, so that no slip erases somebody else. */
            confirm: string;
            /**
             * Format: int64
             * @description Id of the customer.
             */
            customer: number;
            /** @description Who asked for it, and why; kept on the list. */
            reason: string;
        };
        Assistant: {
            assistant: string;
            /** Format: int64 */
            assistant_id: number;
            manager: string;
            /** Format: int64 */
            manager_id: number;
        };
        Assistants: {
            items: components["schemas"]["Assistant"][];
        };
        /** @description Which records, and what to do with each. */
        Bulk: {
            /** @description `update`, `delete`, `restore` or `purge`. */
            action: string;
            /** @description A condition; at most 1,000 records may fit it. */
            filter?: Record<string, unknown> | null;
            /** @description Instead of `filter`. */
            ids?: number[] | null;
            /** @description For `update`: as in a single change. */
            patch?: Record<string, unknown> | null;
        };
        BulkOutcome: {
            /** Format: int64 */
            id: number;
            /** @description `done` or `refused`. */
            outcome: string;
            /** @description Why it was refused, as a problem. */
            problem?: Record<string, unknown> | null;
            /** Format: int32 */
            version?: number | null;
        };
        BulkResult: {
            done: number;
            refused: number;
            results: components["schemas"]["BulkOutcome"][];
        };
        CampaignLine: {
            /** Format: int64 */
            accepted: number;
            campaign: string;
            /** Format: int64 */
            campaign_id: number;
            /** Format: int64 */
            clicked: number;
            /** Format: int64 */
            opened: number;
            /** Format: int64 */
            planned: number;
            /** Format: double */
            revenue_after: number;
        };
        /** @description Counts are messages. */
        CampaignResult: {
            /** Format: int64 */
            accepted: number;
            /** Format: int64 */
            bounced: number;
            /** Format: int64 */
            campaign_id: number;
            /** @description Skipped and failed messages by cause. */
            causes: {
                [key: string]: number;
            };
            /** Format: int64 */
            clicked: number;
            /** Format: int64 */
            clicked_raw: number;
            /** Format: int64 */
            failed: number;
            /**
             * Format: int64
             * @description Of the skipped: kept apart to measure the effect.
             */
            hold_out: number;
            /** @description Clicks by people, by destination. */
            links: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Opened by people; prefetchers and scanners are in `opened_raw` only.
             */
            opened: number;
            /** Format: int64 */
            opened_raw: number;
            /**
             * Format: int64
             * @description Everybody of the audience, skipped ones included.
             */
            planned: number;
            /**
             * Format: double
             * @description Orders of recipients in the weeks after, as far as the caller may see them.
             */
            revenue_after?: number | null;
            runs: number[];
            /** Format: int64 */
            skipped: number;
            /**
             * Format: int64
             * @description May or may not have arrived.
             */
            unknown: number;
            /** Format: int64 */
            unsubscribed: number;
            /**
             * Format: int64
             * @description Not settled yet.
             */
            waiting: number;
        };
        Card: {
            /**
             * Format: double
             * @description Against the same days of the month before, 0.1 for ten per cent more.
             */
            change?: number | null;
            /** @description `revenue`, `orders`, `customers`, `active_customers`, `average_order`, `expected_value`. */
            key: string;
            /** @description `money`, `count`. */
            unit: string;
            /** Format: double */
            value: number;
        };
        /** @description What a change did, or would do. */
        Changed: {
            dry_run: boolean;
            /** @description With its prefix `x_`. */
            name: string;
            /** @description Steps that were taken on the database, in words. */
            steps: string[];
        };
        ClvAnswer: {
            /** Format: date */
            as_of: string;
            backtest?: components["schemas"]["ClvBacktest"] | null;
            /** @description Why these data don't allow a back-test. */
            backtest_impossible?: string | null;
            customers: number;
            /**
             * Format: double
             * @description Purchases expected in the next 90 days.
             */
            expected_orders: number;
            /** Format: int32 */
            horizon_months: number;
            lsn: string;
            /** Format: double */
            mean_p_alive: number;
            /** @description Parameters and likelihood of the purchase model. */
            purchase_fit: Record<string, unknown>;
            /** @description Parameters and likelihood of the spend model. */
            spend_fit: Record<string, unknown>;
            /** @description Customers with the highest value. */
            top: components["schemas"]["ClvCustomer"][];
            /**
             * Format: double
             * @description Discounted value of all customers within the horizon.
             */
            total_clv: number;
            /** Format: double */
            yearly_discount: number;
        };
        ClvBacktest: {
            /** Format: double */
            actual_purchases: number;
            /** Format: double */
            actual_revenue: number;
            /** Format: date */
            calibration_from: string;
            /** Format: date */
            calibration_to: string;
            classes: components["schemas"]["ClvBacktestClass"][];
            /** Format: double */
            correlation: number;
            customers: number;
            /** Format: date */
            holdout_to: string;
            /** Format: double */
            mean_absolute_error: number;
            /** Format: double */
            predicted_purchases: number;
            /** Format: double */
            predicted_revenue: number;
        };
        ClvBacktestClass: {
            /** Format: double */
            actual: number;
            customers: number;
            or_more: boolean;
            /** Format: double */
            predicted: number;
            /**
             * Format: int32
             * @description Repeat purchases in the calibration period.
             */
            repeat_purchases: number;
        };
        ClvCustomer: {
            /** Format: double */
            clv: number;
            /** Format: int64 */
            customer_id: number;
            /** Format: double */
            expected_orders: number;
            /** Format: double */
            expected_spend: number;
            /** Format: double */
            p_alive: number;
        };
        Copy: {
            /** @description Fields that get another value than the original's. */
            changes?: Record<string, unknown>;
            /** @description Copy the record's parts too, such as the lines of an order. */
            parts?: boolean;
        };
        Dashboard: {
            campaigns: components["schemas"]["CampaignLine"][];
            cards: components["schemas"]["Card"][];
            freshness: components["schemas"]["DataFreshness"];
            rfm: components["schemas"]["RfmSlice"][];
            sales_by_month: components["schemas"]["MonthSales"][];
        };
        DataFreshness: {
            /**
             * Format: double
             * @description Milliseconds it took to wait for that and to compute.
             */
            lag_ms: number;
            /** @description The figures show every change up to here. */
            lsn: string;
        };
        Decided: {
            /** @description Needed unless it is approved. */
            comment?: string | null;
            /** @description `"approve"`, `"reject"` or `{"return":{"to_step":0}}` */
            decision: Record<string, unknown>;
        };
        Defaults: {
            items: components["schemas"]["AccessDefaultEntry"][];
        };
        Definitions: {
            items: Record<string, unknown>[];
        };
        Delegation: {
            comment?: string | null;
            /** Format: int64 */
            to: number;
        };
        Deliveries: {
            items: components["schemas"]["WebhookDelivery"][];
        };
        Dimension: {
            /** @description `user:7` → values */
            bound: {
                [key: string]: string[];
            };
            /** @description Object → field. */
            fields: {
                [key: string]: string;
            };
            /** Format: int64 */
            id: number;
            label: components["schemas"]["Words"];
            name: string;
        };
        DimensionInput: {
            bound?: {
                [key: string]: string[];
            } | null;
            fields: {
                [key: string]: string;
            };
            label: components["schemas"]["Words"];
            name: string;
        };
        DimensionLimit: {
            dimension: string;
            values: string[];
        };
        Dimensions: {
            items: components["schemas"]["Dimension"][];
        };
        DryRuns: {
            items: components["schemas"]["RuleTrial"][];
        };
        ErasurePart: {
            columns: string[];
            rows: number;
            /** @description A table of `crm`, and its `history`. */
            table: string;
        };
        ExplainedRights: {
            actions: {
                [key: string]: components["schemas"]["GivenAction"];
            };
            /** @description Fields that are not simply readable and writable. */
            fields: {
                [key: string]: components["schemas"]["GivenField"];
            };
            object: string;
            reads: components["schemas"]["RowReason"][];
            rows: components["schemas"]["GivenRows"];
            writes: components["schemas"]["RowReason"][];
        };
        FieldProblem: {
            code: string;
            field: string;
            message: string;
        };
        FieldReader: {
            name: string;
            /** Format: int64 */
            user_id: number;
            writes: boolean;
        };
        FieldReaders: {
            items: components["schemas"]["FieldReader"][];
        };
        /** @enum {string} */
        FieldRight: "hidden" | "read" | "write";
        FlowInput: {
            active?: boolean | null;
            definition: components["schemas"]["ApprovalDefinition"];
            name: string;
            object: string;
        };
        Flows: {
            items: components["schemas"]["ApprovalFlow"][];
        };
        GivenAction: {
            from: components["schemas"]["RightSource"];
            value: boolean;
        };
        GivenField: {
            from: components["schemas"]["RightSource"];
            value: components["schemas"]["FieldRight"];
        };
        GivenRows: {
            from: components["schemas"]["RightSource"];
            value: components["schemas"]["RowScope"];
        };
        Group: {
            /** Format: int64 */
            id: number;
            label: components["schemas"]["Words"];
            /** @description `user:7`, `department:3`, `group:2` */
            members: string[];
            name: string;
            purpose: components["schemas"]["GroupPurpose"];
            /**
             * Format: int64
             * @description Users in it, each once.
             */
            users: number;
        };
        GroupInput: {
            label: components["schemas"]["Words"];
            members?: string[] | null;
            name: string;
            purpose?: components["schemas"]["GroupPurpose"] | null;
        };
        /** @enum {string} */
        GroupPurpose: "public" | "process";
        Groups: {
            items: components["schemas"]["Group"][];
        };
        Health: {
            /** @description The lake follows the system of record. */
            analysis: boolean;
            /** @description The system of record answers. */
            records: boolean;
            status: components["schemas"]["HealthStatus"];
            version: string;
        };
        /** @enum {string} */
        HealthStatus: "ok" | "degraded" | "failed";
        History: {
            items: components["schemas"]["WorkflowStep"][];
        };
        Inbox: {
            items: components["schemas"]["Notice"][];
            /** Format: int64 */
            unread: number;
        };
        LakeClustering: {
            /** @description The columns that most filters ask for, time first; none: by key alone. */
            columns: string[];
        };
        LakeCompaction: {
            /** Format: int64 */
            bytes: number;
            /**
             * Format: int64
             * @description Dead rows left out.
             */
            dead_rows: number;
            /** Format: double */
            elapsed_ms: number;
            files_added: number;
            files_removed: number;
            /**
             * Format: int64
             * @description Rows written.
             */
            rows: number;
        };
        LakeErasure: {
            /** @description Who asked for it here, such as `user:7`. */
            actor: string;
            /** Format: date-time */
            asked_at: string;
            /** Format: date-time */
            done_at?: string | null;
            /** @description Why the last attempt failed; it is tried again. */
            error?: string | null;
            /** Format: int64 */
            id: number;
            object: string;
            /** @description What is erased where. */
            parts: components["schemas"]["ErasurePart"][];
            reason: string;
            /** Format: int64 */
            record_id: number;
            /** @description `running` or `done`. */
            state: string;
            /** @description Tables that hold something personal, and how many of them are done. */
            tables: number;
            /** Format: int32 */
            tables_done: number;
        };
        LakeErasures: {
            items: components["schemas"]["LakeErasure"][];
            /**
             * Format: int64
             * @description For the next page: `before`.
             */
            next?: number | null;
        };
        /** @enum {string} */
        LakeProfile: "cow" | "mor" | "auto";
        LakeStatus: {
            /** @description Position up to which changes are in Delta files and given back to Postgres. */
            acknowledged: string;
            /** @description Why capture is paused or failed. */
            detail?: string | null;
            errors: components["schemas"]["LakeTrouble"][];
            /**
             * Format: int64
             * @description Bytes of log that Postgres keeps for the lake.
             */
            lag_bytes: number;
            /** @description `starting`, `copying`, `streaming`, `paused`, `failed` or `stopped`. */
            phase: string;
            /** @description Position up to which changes have arrived. */
            received: string;
            tables: components["schemas"]["LakeTable"][];
            /** @description Position up to which changes can be queried. */
            visible: string;
        };
        LakeTable: {
            /** Format: int64 */
            bytes: number;
            /**
             * Format: int64
             * @description Rows in files that are gone.
             */
            dead_rows: number;
            /**
             * Format: int64
             * @description Version of the Delta log.
             */
            delta_version: number;
            /** @description Changes up to here are in Delta files. */
            durable_lsn?: string | null;
            /** @description Why the table can't be written; it is still served. */
            error?: string | null;
            files: number;
            /** Format: int64 */
            history_bytes: number;
            /** Format: int64 */
            history_rows: number;
            /**
             * Format: int64
             * @description Rows that wait in memory for the next flush.
             */
            hot_rows: number;
            key: string[];
            /**
             * Format: int64
             * @description Bytes of log between the two.
             */
            lag_bytes: number;
            /** @description Changes up to here are in the lake; none before the initial copy. */
            lsn?: string | null;
            name: string;
            /** @description How files take dead rows: `cow` rewrites them, `mor` lists the rows in deletion vectors. */
            profile: string;
            /** Format: int64 */
            rows: number;
            /** @description Why its content is out of date until it is copied anew. */
            stale?: string | null;
        };
        /** @description A difficulty that was not made good yet. */
        LakeTrouble: {
            message: string;
            /** @description Without: it concerns the lake or the capture as a whole. */
            table?: string | null;
            /** @description `write`, `manifest`, `upkeep`, `erase` of the lake; `capture`, `stale`, `warning` on the way into it. */
            what: string;
        };
        LakeVerification: {
            /** @description All tables are equal. */
            equal: boolean;
            /** @description Position the lake was read at. */
            lsn: string;
            tables: components["schemas"]["VerifiedTable"][];
        };
        /** @enum {string} */
        Language: "en" | "zh";
        Launched: {
            lsn: string;
            /**
             * Format: int64
             * @description Messages that will be sent.
             */
            planned: number;
            /** Format: int64 */
            run_id: number;
            /** @description Messages that will not, by reason. */
            skipped: {
                [key: string]: number;
            };
        };
        Layers: {
            items: components["schemas"]["RightsLayer"][];
        };
        Made: {
            /** Format: int64 */
            id: number;
        };
        MadeRule: {
            /** Format: int64 */
            id: number;
        };
        Merge: {
            /** @description Field → id of the record whose value is taken. */
            fields?: {
                [key: string]: number;
            };
            /** @description Records that are merged into this one and go to the recycle bin. */
            from: number[];
        };
        Merged: {
            /**
             * Format: int64
             * @description For taking it back.
             */
            merge_id: number;
            record: Record<string, unknown>;
        };
        Meta: {
            objects: components["schemas"]["MetaObject"][];
            /** @description Lists of choices that fields may share. */
            option_sets: components["schemas"]["MetaOptionSet"][];
        };
        MetaField: {
            /** @description Added by an administrator. */
            custom: boolean;
            default?: Record<string, unknown> | null;
            group: string;
            help?: components["schemas"]["MetaLabel"] | null;
            /** @description The key in records: `customer_id` of the reference `customer`. */
            key: string;
            kind: string;
            label: components["schemas"]["MetaLabel"];
            name: string;
            /** @description The shared list its options come from. */
            option_set?: string | null;
            options?: components["schemas"]["MetaOption"][];
            /** @description Personal data. */
            personal: boolean;
            /** @description Never written by the caller: set by Basalt, or not within their rights. */
            readonly: boolean;
            /** @description Object that a reference points to. */
            reference?: string | null;
            required: boolean;
            /** @description A condition under which it must not be empty. */
            required_when?: Record<string, unknown> | null;
            /** @description A condition under which forms show it. */
            shown_when?: Record<string, unknown> | null;
            /** @description One of the fields every object has. */
            system: boolean;
            unique: boolean;
        };
        MetaLabel: {
            en: string;
            zh: string;
        };
        MetaLayout: {
            /** Format: int64 */
            id: number;
            sections: components["schemas"]["MetaSection"][];
            /** @description A condition on the record. */
            shown_for?: Record<string, unknown> | null;
        };
        MetaObject: {
            area: string;
            /** @description Added by an administrator. */
            custom: boolean;
            fields: components["schemas"]["MetaField"][];
            label: components["schemas"]["MetaLabel"];
            label_plural: components["schemas"]["MetaLabel"];
            /** @description Forms for the caller; the first whose `shown_for` holds is used. Without any, fields stand by their group. */
            layouts: components["schemas"]["MetaLayout"][];
            /** @description Columns of the standard list; dotted paths reach over references. */
            list_columns: string[];
            name: string;
            /** @description Path of the records below `/api/v1/`. */
            resource: string;
            rights: components["schemas"]["MetaRights"];
            /** @description Rows that are refused. */
            rules: components["schemas"]["MetaRule"][];
            /** @description The field whose value names a record to people. */
            title: string;
            traits: string[];
        };
        MetaOption: {
            /** @description Offered for new values. */
            active: boolean;
            color?: string | null;
            label: components["schemas"]["MetaLabel"];
            value: string;
        };
        MetaOptionSet: {
            label: components["schemas"]["MetaLabel"];
            name: string;
            options: components["schemas"]["MetaOption"][];
        };
        MetaRights: {
            create: boolean;
            delete: boolean;
            export: boolean;
            import: boolean;
            read: boolean;
            update: boolean;
        };
        MetaRule: {
            field?: string | null;
            message: components["schemas"]["MetaLabel"];
            name: string;
            /** @description A condition; a row for which it holds is refused. */
            when: Record<string, unknown>;
        };
        MetaSection: {
            fields: string[];
            label: components["schemas"]["MetaLabel"];
        };
        MonthSales: {
            /** Format: double */
            amount: number;
            /** Format: date */
            month: string;
            /** Format: int64 */
            orders: number;
            region?: string | null;
        };
        NewAccessToken: {
            /**
             * Format: int32
             * @description Until it expires, at most 366.
             * @default 90
             */
            days: number;
            kind: components["schemas"]["TokenKind"];
            name: string;
            /** @description `read`, `write`, `sql`, `admin`, `<object>:read`, `<object>:write`. Without: the first three. */
            scopes?: string[];
        };
        Notice: {
            /** Format: date-time */
            at: string;
            body: string;
            /** Format: int64 */
            id: number;
            kind: string;
            object?: string | null;
            /** Format: date-time */
            read_at?: string | null;
            /** Format: int64 */
            record_id?: number | null;
            title: string;
        };
        /** @description What isn't named stays. */
        ObjectChange: {
            /** @description create, read, update, delete, import, export, approve, share */
            actions?: {
                [key: string]: boolean;
            } | null;
            fields?: {
                [key: string]: components["schemas"]["FieldRight"];
            } | null;
            rows?: components["schemas"]["RowScope"] | null;
        };
        ObjectRights: {
            approve?: boolean | null;
            create?: boolean | null;
            delete?: boolean | null;
            export?: boolean | null;
            hidden?: string[] | null;
            import?: boolean | null;
            read?: boolean | null;
            readonly?: string[] | null;
            rows?: components["schemas"]["RowScope"] | null;
            share?: boolean | null;
            update?: boolean | null;
        };
        Obstacle: {
            code: string;
            /** @description What to do, in the caller's language. */
            message: string;
        };
        Obstacles: {
            items: components["schemas"]["Obstacle"][];
        };
        OidcLabel: {
            en: string;
            zh: string;
        };
        OidcProviderEntry: {
            active: boolean;
            client_id: string;
            issuer: string;
            label: components["schemas"]["OidcLabel"];
            login_claim: string;
            name: string;
            scopes: string;
        };
        OidcProviderWanted: {
            active?: boolean | null;
            client_id: string;
            /** @description Absent: stays as it is. */
            client_secret?: string | null;
            /** @description `/.well-known/openid-configuration` is found below it. */
            issuer: string;
            label: components["schemas"]["OidcLabel"];
            /** @description `preferred_username` or `email` (verified). */
            login_claim?: string | null;
            scopes?: string | null;
        };
        OidcProviders: {
            items: components["schemas"]["OidcProviderEntry"][];
        };
        OpenSession: {
            /** Format: date-time */
            created_at: string;
            /** @description The session of this very request. */
            current: boolean;
            /** Format: date-time */
            expires_at: string;
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description The administrator who is logged in as the user.
             */
            impersonator_id?: number | null;
            ip?: string | null;
            /** Format: date-time */
            last_seen_at: string;
            user_agent?: string | null;
        };
        OutboundAllowed: {
            /** @description `hooks.intra`, `hooks.intra:8080`, `10.1.0.0/16`, `10.1.2.3`, `127.0.0.1:9000` */
            entries: string[];
        };
        PasswordAgain: {
            /** Format: password */
            password: string;
        };
        PasswordChange: {
            /** Format: password */
            current: string;
            /** Format: password */
            new: string;
        };
        PasswordRuleSet: {
            /**
             * Format: int32
             * @description How many of small letters, capitals, digits and others there must be.
             */
            kinds: number;
            /** Format: int32 */
            min_length: number;
            /**
             * Format: int32
             * @description That many former passwords can't be used again.
             */
            remembered: number;
        };
        PayOrder: {
            /**
             * @description In the order's currency. Without: what is still open.
             * @example 120.00
             */
            amount?: string | null;
            /** @description `transfer` (without), `card`, `cash` or `wallet`. */
            method?: string | null;
            /**
             * Format: date
             * @description Without: today.
             */
            paid_on?: string | null;
        };
        /** @description How a [`Problem`] looks in the OpenAPI document. */
        Problem: {
            /** @description Stable name for programs. */
            code: string;
            errors?: components["schemas"]["FieldProblem"][] | null;
            field?: string | null;
            /** @description Sentence for people, in the caller's language. */
            message: string;
            /** Format: int32 */
            status: number;
            title: string;
            trace_id: string;
            /** @description `urn:basalt:problem:<code>` */
            type: string;
        };
        Profile: {
            built_in: boolean;
            label: components["schemas"]["Words"];
            name: string;
            rights: components["schemas"]["Rights"];
            /** Format: int64 */
            users: number;
        };
        ProfileInput: {
            label: components["schemas"]["Words"];
            rights: components["schemas"]["Rights"];
        };
        Profiles: {
            items: components["schemas"]["Profile"][];
        };
        Reader: {
            because: components["schemas"]["RowReason"][];
            name: string;
            /** Format: int64 */
            user_id: number;
            writes: boolean;
        };
        Readers: {
            items: components["schemas"]["Reader"][];
        };
        RecoveryCodes: {
            /** @description Each works once in place of a code. Shown this once. */
            recovery_codes: string[];
        };
        Remark: {
            comment?: string | null;
        };
        RemarkInput: {
            /**
             * Format: int64
             * @description The remark that this one answers.
             */
            answers?: number | null;
            /** @description Plain text; `@login` in a comment mentions a user. */
            body: string;
        };
        ReportDeliveries: {
            items: components["schemas"]["ReportDelivery"][];
        };
        ReportDelivery: {
            /**
             * Format: date-time
             * @description When it was sent; before that, when it is due.
             */
            delivered_at: string;
            /** @description Why the last attempt failed. */
            error?: string | null;
            /** @description Formats in the archive. */
            formats: string[];
            /** Format: int64 */
            id: number;
            lsn?: string | null;
            /** @description Title of the pack. */
            pack: string;
            /** Format: int64 */
            pack_id: number;
            /** @description Name of the recipient, whose rights the figures obey. */
            recipient: string;
            /** @description `planned`, `rendered`, `sent` or `failed`. */
            status: string;
        };
        ReportPack: {
            active: boolean;
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            next_at?: string | null;
            /** @description Name of the report, such as `sales-overview`. */
            pack: string;
            recipients: number;
            /** @description When it is sent, as a cron line. */
            schedule?: string | null;
            time_zone: string;
            title: string;
        };
        ReportPacks: {
            items: components["schemas"]["ReportPack"][];
        };
        RetentionAnswer: {
            /** Format: date */
            as_of: string;
            cohorts: components["schemas"]["RetentionCohort"][];
            lsn: string;
        };
        RetentionCell: {
            /** Format: int64 */
            customers: number;
            /** Format: int32 */
            months_since: number;
            /**
             * Format: double
             * @description Share of the cohort that bought in that month, 0 to 1.
             */
            rate: number;
            /** Format: double */
            revenue: number;
        };
        RetentionCohort: {
            cells: components["schemas"]["RetentionCell"][];
            /** Format: int64 */
            customers: number;
            /**
             * Format: date
             * @description Month of the first purchase.
             */
            month: string;
        };
        RfmAnswer: {
            /** Format: date */
            as_of: string;
            /**
             * Format: int32
             * @description Scores go from 1 to this.
             */
            classes: number;
            /** @description Every combination of recency and frequency score; r descending, f ascending. */
            grid: components["schemas"]["RfmCell"][];
            lsn: string;
            segments: components["schemas"]["RfmSegmentTotal"][];
        };
        RfmCell: {
            /** Format: int64 */
            customers: number;
            /** Format: int32 */
            f: number;
            /** Format: int32 */
            r: number;
            /** Format: double */
            revenue: number;
        };
        RfmSegmentTotal: {
            /** Format: int64 */
            customers: number;
            /** Format: double */
            revenue: number;
            segment: string;
        };
        RfmSlice: {
            /** Format: int64 */
            customers: number;
            /** Format: double */
            revenue: number;
            segment: string;
        };
        /** @description Where a right comes from: `profile`, `role`, `group`, `department`, `user` or `nothing`. */
        RightSource: {
            /** Format: int64 */
            id?: number | null;
            kind: string;
            name?: string | null;
        };
        /** @description What isn't named is denied. */
        Rights: {
            /** @description Everything, on every row and field. */
            admin?: boolean | null;
            objects?: {
                [key: string]: components["schemas"]["ObjectRights"];
            } | null;
        };
        RightsChange: {
            objects?: {
                [key: string]: components["schemas"]["ObjectChange"];
            } | null;
            rows?: components["schemas"]["RowScope"] | null;
        };
        RightsLayer: {
            change: components["schemas"]["RightsChange"];
            holder: string;
        };
        Role: {
            built_in: boolean;
            change: components["schemas"]["RightsChange"];
            label: components["schemas"]["Words"];
            name: string;
            /** Format: int64 */
            users: number;
        };
        RoleInput: {
            change: components["schemas"]["RightsChange"];
            label: components["schemas"]["Words"];
        };
        Roles: {
            items: components["schemas"]["Role"][];
        };
        /**
         * @description Why a row is seen: `owner`, `subordinate`, `department`, `department_tree`, `all_rows`, `default`, `share`,
         *     `sharing_rule` (id, name), `assistant` (manager, because), `parent` (object, because), `public`, `administrator`.
         */
        RowReason: {
            because?: Record<string, unknown> | null;
            /** Format: int64 */
            id?: number | null;
            kind: string;
            /** Format: int64 */
            manager?: number | null;
            name?: string | null;
            object?: string | null;
        };
        /** @enum {string} */
        RowScope: "none" | "own" | "subordinates" | "department" | "department_tree" | "all";
        RuleInput: {
            /** @description Each with `do`: `set_fields`, `assign`, `create_task`, `notify`, `email`, `webhook`, `start_approval`. */
            actions: Record<string, unknown>[];
            active?: boolean | null;
            condition?: Record<string, unknown> | null;
            name: string;
            object: string;
            /**
             * @description `{"on":"created"}`, `{"on":"changed","fields":[…]}`, `{"on":"stage_entered","field":…,"value":…}`,
             *     `{"on":"date_reached","field":…,"days":-3}`, `{"on":"idle","days":7}`, `{"on":"schedule","cron":"0 9 * * 1","time_zone":…}`
             */
            starts: Record<string, unknown>;
        };
        RuleTrial: {
            /** @description `done`, `not_met`, `gone`, `failed` */
            outcome: string;
            /** Format: int64 */
            record_id: number;
            results: Record<string, unknown>[];
            why?: Record<string, unknown> | null;
        };
        Rules: {
            items: components["schemas"]["WorkflowRule"][];
        };
        Runs: {
            items: components["schemas"]["WorkflowRun"][];
        };
        SalesAnswer: {
            items: components["schemas"]["SalesRow"][];
            lsn: string;
        };
        SalesRow: {
            /**
             * Format: double
             * @description Sum in the base currency.
             */
            amount: number;
            /**
             * Format: date
             * @description First day of the month; absent when not asked for.
             */
            month?: string | null;
            /** Format: int64 */
            orders: number;
            region?: string | null;
        };
        SaveReportPack: {
            /** @default true */
            active: boolean;
            /** @description Name of the report, such as `sales-overview`. */
            pack: string;
            /** @description Users who get it, each with figures within the own rights. */
            recipients: number[];
            /** @description Minute, hour, day, month, weekday; without: only sent by hand. */
            schedule?: string | null;
            /** @default UTC */
            time_zone: string;
            /** @description Saving under the title of a pack that is there changes that pack. */
            title: string;
        };
        SegmentDraft: {
            /** @description A condition on customers, `{"sql": "select customer_id …"}`, or `{"customer_ids": […]}`. */
            definition: Record<string, unknown>;
            /** @description `condition`, `sql` or `static`. */
            kind: string;
        };
        SegmentEvaluation: {
            /** Format: int64 */
            entered: number;
            /** Format: int64 */
            left: number;
            /** @description The lake's position the members were found at. */
            lsn: string;
            /** Format: int64 */
            members: number;
        };
        SegmentMembers: {
            /** @description Customers, as far as the caller may see them, with `entered_at`. */
            items: Record<string, unknown>[];
            next?: string | null;
        };
        SegmentPreview: {
            /**
             * Format: int64
             * @description Customers the caller may see that the segment would hold.
             */
            count: number;
            lsn: string;
            sample: Record<string, unknown>[];
        };
        SessionDepartment: {
            /** Format: int64 */
            id: number;
            name: string;
        };
        SessionPatch: {
            locale: components["schemas"]["Language"];
        };
        SessionState: {
            csrf: string;
            /**
             * Format: int64
             * @description The administrator who is logged in as this user.
             */
            impersonator_id?: number | null;
            /** @description Function rights an object: create, read, update, delete, import, export, rows, hidden, readonly. */
            rights: Record<string, unknown>;
            user: components["schemas"]["SessionUser"];
        };
        SessionUser: {
            department?: components["schemas"]["SessionDepartment"] | null;
            /** Format: int64 */
            id: number;
            locale: components["schemas"]["Language"];
            login: string;
            name: string;
            profile?: string | null;
        };
        Sessions: {
            items: components["schemas"]["OpenSession"][];
        };
        SetLakeProfile: {
            profile: components["schemas"]["LakeProfile"];
        };
        /** @enum {string} */
        ShareAccess: "read" | "write";
        SharingRule: {
            access: components["schemas"]["ShareAccess"];
            active: boolean;
            condition?: Record<string, unknown> | null;
            grantee: string;
            /** Format: int64 */
            id: number;
            name: string;
            object: string;
            owners?: string | null;
        };
        /** @description Either `owners` or `condition`. */
        SharingRuleInput: {
            access: components["schemas"]["ShareAccess"];
            active?: boolean | null;
            /** @description Over fields of the record itself. */
            condition?: Record<string, unknown> | null;
            grantee: string;
            name: string;
            object: string;
            /** @description `user:7`, `department:3` (with those below), `group:2` */
            owners?: string | null;
        };
        SharingRules: {
            items: components["schemas"]["SharingRule"][];
        };
        SignIn: {
            /** @description Of the authenticator, or a recovery code; asked for by `code_needed`. */
            code?: string | null;
            login: string;
            /** Format: password */
            password: string;
        };
        /** @description An attempt to sign in. */
        SignInRecord: {
            /** Format: date-time */
            at: string;
            /**
             * Format: int64
             * @description Who logged in as the user.
             */
            by_user_id?: number | null;
            /** Format: int64 */
            id: number;
            ip: string;
            login: string;
            note?: string | null;
            /** @description `ok`, `refused`, `disabled`, `throttled`, `second_factor`, `single_sign_on`, `log_in_as`, `pending` */
            outcome: string;
            user_agent?: string | null;
            /** Format: int64 */
            user_id?: number | null;
        };
        SignIns: {
            items: components["schemas"]["SignInRecord"][];
        };
        /** @description A way to sign in elsewhere. */
        SignOnProvider: {
            /** @description Where the browser goes to begin. */
            href: string;
            label_en: string;
            label_zh: string;
            name: string;
        };
        SignOnProviders: {
            items: components["schemas"]["SignOnProvider"][];
        };
        SignedIn: {
            /** @description Send as `X-CSRF-Token` with every POST, PATCH, PUT and DELETE. */
            csrf: string;
            user: components["schemas"]["SessionUser"];
        };
        SqlAnswer: {
            columns: components["schemas"]["SqlColumn"][];
            /** Format: double */
            elapsed_ms: number;
            /** @description The answer shows every change up to here. */
            lsn: string;
            /** @description Decimals are strings, dates and instants ISO 8601. */
            rows: Record<string, unknown>[][];
            /** @description There are more rows than `limit`. */
            truncated: boolean;
        };
        SqlColumn: {
            name: string;
            type: string;
        };
        SqlRequest: {
            /**
             * @description All tables as of a moment of the past: an instant (ISO 8601; without an offset in UTC) or a log position. Rights are
             *     those of now. Single tables: `FROM crm.customer FOR SYSTEM_TIME AS OF TIMESTAMP '…'` (or `LSN '…'`), `FOR VERSION AS OF 12`.
             * @example 2026-03-01T00:00:00Z
             */
            as_of?: string | null;
            /**
             * Format: int32
             * @description Rows returned at most.
             * @default 1000
             */
            limit: number | null;
            /** @description Wait until the lake shows this position (the `Basalt-Lsn` of a write). Without: everything committed until now. */
            min_lsn?: string | null;
            /**
             * @description One reading statement.
             * @example select region, sum(revenue) from mart.customer group by region
             */
            sql: string;
        };
        Submission: {
            comment?: string | null;
            flow: string;
            object: string;
            /** Format: int64 */
            record: number;
        };
        /** @description Every missed row changes the count or the ids, every missed change the versions. */
        TableSums: {
            /** Format: int64 */
            ids: number;
            /** Format: int64 */
            rows: number;
            /** Format: int64 */
            versions: number;
        };
        Tags: {
            /** @description All tags that the record is to have. */
            tags: string[];
        };
        /** @enum {string} */
        TokenKind: "api" | "sql";
        TotpCode: {
            code: string;
        };
        TotpEnrolment: {
            /** @description Base 32, for typing. Shown this once. */
            secret: string;
            /** @description `otpauth://…`, for a QR code. */
            uri: string;
        };
        TotpState: {
            active: boolean;
            /** Format: int64 */
            recovery_codes_left: number;
        };
        Trial: {
            records: number[];
            rule: components["schemas"]["RuleInput"];
        };
        UserRights: {
            administrator: boolean;
            assists: number[];
            enabled: boolean;
            limits: components["schemas"]["DimensionLimit"][];
            name: string;
            objects: components["schemas"]["ExplainedRights"][];
            parties: string[];
            profile: string;
            subordinates: number[];
            /** Format: int64 */
            user_id: number;
        };
        VerifiedTable: {
            equal: boolean;
            lake: components["schemas"]["TableSums"];
            name: string;
            records: components["schemas"]["TableSums"];
        };
        ViewInput: {
            /** @description `filter`, `fields`, `sort`, `q`, `tag`, as in lists. */
            definition: Record<string, unknown>;
            name: string;
            /** @description Everyone who may read the object sees it. */
            shared?: boolean;
        };
        WaitingApproval: {
            /** Format: int64 */
            approval_id: number;
            /** Format: date-time */
            due_at?: string | null;
            flow: string;
            object: string;
            /** Format: int64 */
            record_id: number;
            /** Format: date-time */
            submitted_at: string;
            /** Format: int64 */
            submitted_by: number;
            /** Format: int64 */
            task_id: number;
        };
        WaitingTasks: {
            items: components["schemas"]["WaitingApproval"][];
        };
        Webhook: {
            active: boolean;
            /** Format: int64 */
            id: number;
            kinds: string[];
            name: string;
            object: string;
            /** Format: int64 */
            owner_id: number;
            url: string;
        };
        WebhookDelivery: {
            /** Format: int32 */
            answer?: number | null;
            /** Format: int32 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            error?: string | null;
            event: string;
            /** Format: date-time */
            finished_at?: string | null;
            /** Format: int64 */
            id: number;
            payload: Record<string, unknown>;
            state: string;
            /** Format: int64 */
            webhook_id?: number | null;
        };
        WebhookInput: {
            active?: boolean | null;
            /** @description `created`, `changed`, `deleted` */
            kinds: string[];
            name: string;
            object: string;
            /** @description 16 to 200 characters; absent: stays as it is. */
            secret?: string | null;
            url: string;
        };
        Webhooks: {
            items: components["schemas"]["Webhook"][];
        };
        Words: {
            en: string;
            zh: string;
        };
        WorkflowRule: {
            actions: Record<string, unknown>[];
            active: boolean;
            /** Format: date-time */
            changed_at: string;
            /** Format: int64 */
            changed_by?: number | null;
            condition?: Record<string, unknown> | null;
            /** Format: int64 */
            id: number;
            name: string;
            /** Format: date-time */
            next_due_at?: string | null;
            object: string;
            starts: Record<string, unknown>;
            /** Format: int32 */
            version: number;
        };
        WorkflowRun: {
            /** Format: date-time */
            at: string;
            /** @description Rules whose actions led here. */
            chain: number[];
            /** Format: date-time */
            finished_at?: string | null;
            /** Format: int64 */
            id: number;
            object: string;
            /** @description `waiting`, `done`, `not_met`, `cut`, `failed`, `gone` */
            outcome: string;
            /** Format: int64 */
            record_id: number;
            results?: Record<string, unknown>[] | null;
            rule: string;
            /** Format: int64 */
            rule_id: number;
            /** Format: int32 */
            rule_version: number;
            started_by: string;
            /** @description The condition with `held` at each part, or the reason. */
            why?: Record<string, unknown> | null;
        };
        WorkflowStep: {
            /** Format: date-time */
            at: string;
            /** Format: date-time */
            finished_at?: string | null;
            outcome: string;
            rule: string;
        };
        AuditEntry: {
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            at: string;
            /**
             * @example create
             * @example update
             * @example delete
             */
            op: string;
            /** @example user:7 */
            actor: string;
            actor_name?: string | null;
            /**
             * @example ui
             * @example api
             * @example import
             */
            via: string;
            changes: {
                field: string;
                column: string;
                old: unknown;
                new: unknown;
            }[];
        };
        Share: {
            /** Format: int64 */
            id: number;
            /**
             * @example user:7
             * @example department:3
             * @example group:2
             */
            grantee: string;
            name: string | null;
            /** @enum {string} */
            access: "read" | "write";
            team_role: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            created_by: number | null;
        };
        ShareInput: {
            /**
             * @example user:7
             * @example department:3
             * @example group:2
             */
            grantee: string;
            /** @enum {string} */
            access: "read" | "write";
            /** @description Makes a user a member of the record's team. */
            team_role?: string | null;
        };
        /** @description Department */
        Department: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Code */
            code?: string;
            /** Name */
            name?: string;
            /** Parent department */
            readonly parent?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Parent department
             * Format: int64
             */
            parent_id?: number | null;
            /**
             * Sales region
             * @enum {string|null}
             */
            region?: "north" | "east" | "south" | "southwest" | "international" | null;
            /** External (partner) */
            external?: boolean;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        DepartmentCreate: {
            /** Code */
            code: string;
            /** Name */
            name: string;
            /**
             * Parent department
             * Format: int64
             */
            parent_id?: number | null;
            /**
             * Sales region
             * @enum {string|null}
             */
            region?: "north" | "east" | "south" | "southwest" | "international" | null;
            /** External (partner) */
            external?: boolean;
        };
        DepartmentPatch: {
            /** Code */
            code?: string;
            /** Name */
            name?: string;
            /**
             * Parent department
             * Format: int64
             */
            parent_id?: number | null;
            /**
             * Sales region
             * @enum {string|null}
             */
            region?: "north" | "east" | "south" | "southwest" | "international" | null;
            /** External (partner) */
            external?: boolean;
        };
        DepartmentPage: {
            items: components["schemas"]["Department"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description User */
        User: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Sign-in name */
            login?: string;
            /** Name */
            name?: string;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /**
             * Language
             * @enum {string}
             */
            locale?: "zh" | "en";
            /** Active */
            active?: boolean;
            /**
             * Profile
             * @description What the user may do; the department and the owner of a record say on which rows.
             */
            profile?: string;
            /**
             * Role
             * @description How far the user sees: own records, those of subordinates, of the department, or all. Empty: as the profile says.
             */
            role?: string | null;
            /**
             * Job level
             * Format: int32
             */
            level?: number | null;
            /** External (partner) */
            external?: boolean;
            /** Manager */
            readonly manager?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Manager
             * Format: int64
             */
            manager_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        UserCreate: {
            /** Sign-in name */
            login: string;
            /** Name */
            name: string;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /**
             * Language
             * @enum {string}
             */
            locale?: "zh" | "en";
            /** Active */
            active?: boolean;
            /**
             * Profile
             * @description What the user may do; the department and the owner of a record say on which rows.
             */
            profile?: string;
            /**
             * Role
             * @description How far the user sees: own records, those of subordinates, of the department, or all. Empty: as the profile says.
             */
            role?: string | null;
            /**
             * Job level
             * Format: int32
             */
            level?: number | null;
            /** External (partner) */
            external?: boolean;
            /**
             * Manager
             * Format: int64
             */
            manager_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        UserPatch: {
            /** Sign-in name */
            login?: string;
            /** Name */
            name?: string;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /**
             * Language
             * @enum {string}
             */
            locale?: "zh" | "en";
            /** Active */
            active?: boolean;
            /**
             * Profile
             * @description What the user may do; the department and the owner of a record say on which rows.
             */
            profile?: string;
            /**
             * Role
             * @description How far the user sees: own records, those of subordinates, of the department, or all. Empty: as the profile says.
             */
            role?: string | null;
            /**
             * Job level
             * Format: int32
             */
            level?: number | null;
            /** External (partner) */
            external?: boolean;
            /**
             * Manager
             * Format: int64
             */
            manager_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Customer */
        Customer: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Customer code */
            code?: string;
            /** Name */
            name?: string;
            /**
             * Kind
             * @enum {string}
             */
            kind?: "organisation" | "person";
            /**
             * Industry
             * @enum {string|null}
             */
            industry?: "retail" | "manufacturing" | "media" | "education" | "finance" | "healthcare" | "technology" | "logistics" | "hospitality" | "government" | "consumer" | "other" | null;
            /**
             * Sales region
             * @enum {string|null}
             */
            region?: "north" | "east" | "south" | "southwest" | "international" | null;
            /**
             * Level
             * @enum {string|null}
             */
            level?: "A" | "B" | "C" | null;
            /** Telephone */
            phone?: string | null;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /** City */
            city?: string | null;
            /**
             * Website
             * Format: uri
             */
            website?: string | null;
            /**
             * First order on
             * Format: date
             */
            first_order_on?: string | null;
            /**
             * Origin of the data
             * @enum {string|null}
             */
            origin?: "real" | "generated" | "mixed" | null;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        CustomerCreate: {
            /** Customer code */
            code: string;
            /** Name */
            name: string;
            /**
             * Kind
             * @enum {string}
             */
            kind?: "organisation" | "person";
            /**
             * Industry
             * @enum {string|null}
             */
            industry?: "retail" | "manufacturing" | "media" | "education" | "finance" | "healthcare" | "technology" | "logistics" | "hospitality" | "government" | "consumer" | "other" | null;
            /**
             * Sales region
             * @enum {string|null}
             */
            region?: "north" | "east" | "south" | "southwest" | "international" | null;
            /**
             * Level
             * @enum {string|null}
             */
            level?: "A" | "B" | "C" | null;
            /** Telephone */
            phone?: string | null;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /** City */
            city?: string | null;
            /**
             * Website
             * Format: uri
             */
            website?: string | null;
            /**
             * First order on
             * Format: date
             */
            first_order_on?: string | null;
            /**
             * Origin of the data
             * @enum {string|null}
             */
            origin?: "real" | "generated" | "mixed" | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        CustomerPatch: {
            /** Customer code */
            code?: string;
            /** Name */
            name?: string;
            /**
             * Kind
             * @enum {string}
             */
            kind?: "organisation" | "person";
            /**
             * Industry
             * @enum {string|null}
             */
            industry?: "retail" | "manufacturing" | "media" | "education" | "finance" | "healthcare" | "technology" | "logistics" | "hospitality" | "government" | "consumer" | "other" | null;
            /**
             * Sales region
             * @enum {string|null}
             */
            region?: "north" | "east" | "south" | "southwest" | "international" | null;
            /**
             * Level
             * @enum {string|null}
             */
            level?: "A" | "B" | "C" | null;
            /** Telephone */
            phone?: string | null;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /** City */
            city?: string | null;
            /**
             * Website
             * Format: uri
             */
            website?: string | null;
            /**
             * First order on
             * Format: date
             */
            first_order_on?: string | null;
            /**
             * Origin of the data
             * @enum {string|null}
             */
            origin?: "real" | "generated" | "mixed" | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        CustomerPage: {
            items: components["schemas"]["Customer"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Contact */
        Contact: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Customer */
            readonly customer?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Customer
             * Format: int64
             */
            customer_id?: number;
            /** Name */
            name?: string;
            /** Position */
            position?: string | null;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /** Telephone */
            phone?: string | null;
            /**
             * Language
             * @enum {string}
             */
            language?: "zh" | "en";
            /** Agrees to e-mail */
            email_consent?: boolean;
            /**
             * Origin of the data
             * @enum {string|null}
             */
            origin?: "real" | "generated" | "mixed" | null;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        ContactCreate: {
            /**
             * Customer
             * Format: int64
             */
            customer_id: number;
            /** Name */
            name: string;
            /** Position */
            position?: string | null;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /** Telephone */
            phone?: string | null;
            /**
             * Language
             * @enum {string}
             */
            language?: "zh" | "en";
            /** Agrees to e-mail */
            email_consent?: boolean;
            /**
             * Origin of the data
             * @enum {string|null}
             */
            origin?: "real" | "generated" | "mixed" | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        ContactPatch: {
            /**
             * Customer
             * Format: int64
             */
            customer_id?: number;
            /** Name */
            name?: string;
            /** Position */
            position?: string | null;
            /**
             * E-mail
             * Format: email
             */
            email?: string | null;
            /** Telephone */
            phone?: string | null;
            /**
             * Language
             * @enum {string}
             */
            language?: "zh" | "en";
            /** Agrees to e-mail */
            email_consent?: boolean;
            /**
             * Origin of the data
             * @enum {string|null}
             */
            origin?: "real" | "generated" | "mixed" | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        ContactPage: {
            items: components["schemas"]["Contact"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Product */
        Product: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Product code */
            code?: string;
            /** Name */
            name?: string;
            /** Category */
            category?: string | null;
            /** List price */
            list_price?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Unit */
            unit?: string | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        ProductCreate: {
            /** Product code */
            code: string;
            /** Name */
            name: string;
            /** Category */
            category?: string | null;
            /** List price */
            list_price?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Unit */
            unit?: string | null;
        };
        ProductPatch: {
            /** Product code */
            code?: string;
            /** Name */
            name?: string;
            /** Category */
            category?: string | null;
            /** List price */
            list_price?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Unit */
            unit?: string | null;
        };
        ProductPage: {
            items: components["schemas"]["Product"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Order */
        Order: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Number */
            readonly number?: string;
            /** External key */
            external_key?: string | null;
            /** Customer */
            readonly customer?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Customer
             * Format: int64
             */
            customer_id?: number;
            /**
             * Ordered on
             * Format: date
             */
            ordered_on?: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "draft" | "confirmed" | "paid" | "cancelled";
            /** Channel */
            channel?: string | null;
            /** Amount */
            amount?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Paid at
             * Format: date-time
             */
            paid_at?: string | null;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        OrderCreate: {
            /** External key */
            external_key?: string | null;
            /**
             * Customer
             * Format: int64
             */
            customer_id: number;
            /**
             * Ordered on
             * Format: date
             */
            ordered_on: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "draft" | "confirmed" | "paid" | "cancelled";
            /** Channel */
            channel?: string | null;
            /** Amount */
            amount: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Paid at
             * Format: date-time
             */
            paid_at?: string | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        OrderPatch: {
            /** External key */
            external_key?: string | null;
            /**
             * Customer
             * Format: int64
             */
            customer_id?: number;
            /**
             * Ordered on
             * Format: date
             */
            ordered_on?: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "draft" | "confirmed" | "paid" | "cancelled";
            /** Channel */
            channel?: string | null;
            /** Amount */
            amount?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Paid at
             * Format: date-time
             */
            paid_at?: string | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        OrderPage: {
            items: components["schemas"]["Order"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Order line */
        OrderLine: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Order */
            readonly order?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Order
             * Format: int64
             */
            order_id?: number;
            /**
             * Line
             * Format: int32
             */
            line_no?: number;
            /** Product */
            readonly product?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Product
             * Format: int64
             */
            product_id?: number | null;
            /**
             * Quantity
             * Format: decimal
             * @example 12.50
             */
            quantity?: string;
            /** Unit price */
            unit_price?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Amount */
            amount?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        OrderLineCreate: {
            /**
             * Order
             * Format: int64
             */
            order_id: number;
            /**
             * Line
             * Format: int32
             */
            line_no: number;
            /**
             * Product
             * Format: int64
             */
            product_id?: number | null;
            /**
             * Quantity
             * Format: decimal
             * @example 12.50
             */
            quantity: string;
            /** Unit price */
            unit_price?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Amount */
            amount: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        OrderLinePatch: {
            /**
             * Order
             * Format: int64
             */
            order_id?: number;
            /**
             * Line
             * Format: int32
             */
            line_no?: number;
            /**
             * Product
             * Format: int64
             */
            product_id?: number | null;
            /**
             * Quantity
             * Format: decimal
             * @example 12.50
             */
            quantity?: string;
            /** Unit price */
            unit_price?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Amount */
            amount?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        OrderLinePage: {
            items: components["schemas"]["OrderLine"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Payment */
        Payment: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Number */
            readonly number?: string;
            /** Order */
            readonly order?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Order
             * Format: int64
             */
            order_id?: number;
            /** Customer */
            readonly customer?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Customer
             * Format: int64
             */
            customer_id?: number;
            /**
             * Paid on
             * Format: date
             */
            paid_on?: string;
            /**
             * Method
             * @enum {string}
             */
            method?: "transfer" | "card" | "cash" | "wallet";
            /** Amount */
            amount?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Status
             * @enum {string}
             */
            status?: "received" | "refunded";
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        PaymentCreate: {
            /**
             * Order
             * Format: int64
             */
            order_id: number;
            /**
             * Customer
             * Format: int64
             */
            customer_id: number;
            /**
             * Paid on
             * Format: date
             */
            paid_on: string;
            /**
             * Method
             * @enum {string}
             */
            method?: "transfer" | "card" | "cash" | "wallet";
            /** Amount */
            amount: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Status
             * @enum {string}
             */
            status?: "received" | "refunded";
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        PaymentPatch: {
            /**
             * Order
             * Format: int64
             */
            order_id?: number;
            /**
             * Customer
             * Format: int64
             */
            customer_id?: number;
            /**
             * Paid on
             * Format: date
             */
            paid_on?: string;
            /**
             * Method
             * @enum {string}
             */
            method?: "transfer" | "card" | "cash" | "wallet";
            /** Amount */
            amount?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string;
            /**
             * Status
             * @enum {string}
             */
            status?: "received" | "refunded";
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        PaymentPage: {
            items: components["schemas"]["Payment"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Task */
        Task: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Subject */
            subject?: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "open" | "done" | "cancelled";
            /**
             * Due on
             * Format: date
             */
            due_on?: string | null;
            /** About (kind of record) */
            about_object?: string | null;
            /**
             * About (record)
             * Format: int64
             */
            about_record?: number | null;
            /** Note */
            note?: string | null;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        TaskCreate: {
            /** Subject */
            subject: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "open" | "done" | "cancelled";
            /**
             * Due on
             * Format: date
             */
            due_on?: string | null;
            /** About (kind of record) */
            about_object?: string | null;
            /**
             * About (record)
             * Format: int64
             */
            about_record?: number | null;
            /** Note */
            note?: string | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        TaskPatch: {
            /** Subject */
            subject?: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "open" | "done" | "cancelled";
            /**
             * Due on
             * Format: date
             */
            due_on?: string | null;
            /** About (kind of record) */
            about_object?: string | null;
            /**
             * About (record)
             * Format: int64
             */
            about_record?: number | null;
            /** Note */
            note?: string | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        TaskPage: {
            items: components["schemas"]["Task"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Segment */
        Segment: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Name */
            name?: string;
            /** Description */
            description?: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind?: "condition" | "sql" | "static";
            /** Definition */
            definition?: unknown;
            /**
             * Made of
             * @enum {string}
             */
            object?: "customer";
            /**
             * Members
             * Format: int32
             */
            readonly member_count?: number | null;
            /**
             * Evaluated at
             * Format: date-time
             */
            readonly evaluated_at?: string | null;
            /** Evaluated at position */
            readonly evaluated_lsn?: string | null;
            /** Purpose */
            purpose?: string | null;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        SegmentCreate: {
            /** Name */
            name: string;
            /** Description */
            description?: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind?: "condition" | "sql" | "static";
            /** Definition */
            definition?: unknown;
            /**
             * Made of
             * @enum {string}
             */
            object?: "customer";
            /** Purpose */
            purpose?: string | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        SegmentPatch: {
            /** Name */
            name?: string;
            /** Description */
            description?: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind?: "condition" | "sql" | "static";
            /** Definition */
            definition?: unknown;
            /**
             * Made of
             * @enum {string}
             */
            object?: "customer";
            /** Purpose */
            purpose?: string | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        SegmentPage: {
            items: components["schemas"]["Segment"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Campaign */
        Campaign: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Name */
            name?: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "draft" | "approved" | "running" | "finished" | "stopped";
            /** Segment */
            readonly segment?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Segment
             * Format: int64
             */
            segment_id?: number | null;
            /**
             * Channel
             * @enum {string}
             */
            channel?: "email";
            /** Subject */
            subject?: string | null;
            /** Template (MJML) */
            template?: string | null;
            /** Sender's name */
            sender_name?: string | null;
            /**
             * Sender's address
             * Format: email
             */
            sender_address?: string | null;
            /** Budget */
            budget?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Cost */
            cost?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /**
             * Hold-out group, %
             * Format: int32
             */
            holdout_percent?: number;
            /**
             * Started at
             * Format: date-time
             */
            readonly started_at?: string | null;
            /**
             * Finished at
             * Format: date-time
             */
            readonly finished_at?: string | null;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        CampaignCreate: {
            /** Name */
            name: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "draft" | "approved" | "running" | "finished" | "stopped";
            /**
             * Segment
             * Format: int64
             */
            segment_id?: number | null;
            /**
             * Channel
             * @enum {string}
             */
            channel?: "email";
            /** Subject */
            subject?: string | null;
            /** Template (MJML) */
            template?: string | null;
            /** Sender's name */
            sender_name?: string | null;
            /**
             * Sender's address
             * Format: email
             */
            sender_address?: string | null;
            /** Budget */
            budget?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Cost */
            cost?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /**
             * Hold-out group, %
             * Format: int32
             */
            holdout_percent?: number;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        CampaignPatch: {
            /** Name */
            name?: string;
            /**
             * Status
             * @enum {string}
             */
            status?: "draft" | "approved" | "running" | "finished" | "stopped";
            /**
             * Segment
             * Format: int64
             */
            segment_id?: number | null;
            /**
             * Channel
             * @enum {string}
             */
            channel?: "email";
            /** Subject */
            subject?: string | null;
            /** Template (MJML) */
            template?: string | null;
            /** Sender's name */
            sender_name?: string | null;
            /**
             * Sender's address
             * Format: email
             */
            sender_address?: string | null;
            /** Budget */
            budget?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /** Cost */
            cost?: {
                /** Format: decimal */
                amount: string;
                /** @default USD */
                currency: string;
                /** Format: decimal */
                rate?: string;
                /** Format: decimal */
                readonly base?: string;
            } | string | null;
            /**
             * Hold-out group, %
             * Format: int32
             */
            holdout_percent?: number;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        CampaignPage: {
            items: components["schemas"]["Campaign"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
        /** @description Message */
        Message: {
            /**
             * ID
             * Format: int64
             */
            readonly id: number;
            /** Campaign */
            readonly campaign?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Campaign
             * Format: int64
             */
            readonly campaign_id?: number;
            /**
             * Send run
             * Format: int64
             */
            readonly run_id?: number;
            /** Contact */
            readonly contact?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Contact
             * Format: int64
             */
            readonly contact_id?: number | null;
            /** Customer */
            readonly customer?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Customer
             * Format: int64
             */
            readonly customer_id?: number | null;
            /**
             * Channel
             * @enum {string}
             */
            readonly channel?: "email";
            /** Address */
            readonly address?: string;
            /** Subject */
            readonly subject?: string | null;
            /**
             * State
             * @enum {string}
             */
            readonly state?: "planned" | "claimed" | "accepted" | "deferred" | "bounced" | "failed" | "unknown" | "skipped";
            /**
             * Attempts
             * Format: int32
             */
            readonly attempts?: number;
            /** Reply code */
            readonly code?: string | null;
            /** Reason */
            readonly reason?: string | null;
            /** Message-ID */
            readonly message_ref?: string | null;
            /** Tracking token */
            readonly token?: string | null;
            /**
             * Claimed at
             * Format: date-time
             */
            readonly claimed_at?: string | null;
            /**
             * Sent at
             * Format: date-time
             */
            readonly sent_at?: string | null;
            /**
             * First opened at
             * Format: date-time
             */
            readonly first_open_at?: string | null;
            /**
             * First clicked at
             * Format: date-time
             */
            readonly first_click_at?: string | null;
            /**
             * Unsubscribed at
             * Format: date-time
             */
            readonly unsubscribed_at?: string | null;
            /**
             * Next attempt at
             * Format: date-time
             */
            readonly next_attempt_at?: string | null;
            /** Owner */
            readonly owner?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /** Department */
            readonly department?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
            /**
             * Created at
             * Format: date-time
             */
            readonly created_at?: string;
            /** Created by */
            readonly created_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Changed at
             * Format: date-time
             */
            readonly updated_at?: string;
            /** Changed by */
            readonly updated_by?: ({
                /** Format: int64 */
                id: number;
                title: string | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Version
             * Format: int32
             */
            readonly version?: number;
            /**
             * Recycled at
             * Format: date-time
             */
            readonly deleted_at?: string | null;
            /**
             * Import
             * Format: int64
             */
            readonly import_id?: number | null;
        } & {
            [key: string]: unknown;
        };
        MessageCreate: {
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        MessagePatch: {
            /**
             * Owner
             * Format: int64
             */
            owner_id?: number | null;
            /**
             * Department
             * Format: int64
             */
            department_id?: number | null;
        };
        MessagePage: {
            items: components["schemas"]["Message"][];
            /** @description Value of page[after] for the next page. */
            next: string | null;
            total?: {
                value: number;
                /** @description There are more than this. */
                capped: boolean;
            };
        };
    };
    responses: {
        /** @description What was refused and why */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
