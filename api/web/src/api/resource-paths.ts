// The document lists every resource of the dictionary by itself, all with the same operations.
// Pages name the resource at run time; for the types they speak of customers.

export function listPath(resource: string): "/api/v1/customers" {
  return `/api/v1/${encodeURIComponent(resource)}` as "/api/v1/customers";
}

export function recordPath(resource: string): "/api/v1/customers/{id}" {
  return `/api/v1/${encodeURIComponent(resource)}/{id}` as "/api/v1/customers/{id}";
}

export function restorePath(resource: string): "/api/v1/customers/{id}/restore" {
  return `/api/v1/${encodeURIComponent(resource)}/{id}/restore` as "/api/v1/customers/{id}/restore";
}

export function auditPath(resource: string): "/api/v1/customers/{id}/audit" {
  return `/api/v1/${encodeURIComponent(resource)}/{id}/audit` as "/api/v1/customers/{id}/audit";
}
