//! Every route in one list, and what surrounds them all.

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Request},
    middleware,
    response::IntoResponse,
    routing::get,
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App, context, idempotency, openapi,
    problem::{Problem, Text},
    routes::{
        access, activities, analytics, behaviour, calendar, campaigns, customers, dashboard,
        dictionary, docs, duplicates, erasures, events, export, files, imports, lake, lake_upkeep,
        leads, mailbox, meta, opportunities, orders, record_actions, record_companions, records,
        reminders, report_packs, search, segments, session, sign_in, sql, system, tokens, tracking,
        views, workflow,
    },
    security, web,
};

/// Bytes of a request body.
pub const LARGEST_BODY: usize = 2 << 20;

/// Events that one address may send without being known: at once, and each second.
const STRANGERS_BURST: u32 = 2000;
const STRANGERS_EACH_SECOND: u32 = 100;

/// The routes of the API that are documented by their handlers.
pub fn api_routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        .routes(routes!(
            session::sign_in,
            session::show,
            session::change,
            session::sign_out
        ))
        .routes(routes!(session::change_password))
        .routes(routes!(session::list))
        .routes(routes!(session::revoke))
        .routes(routes!(
            sign_in::totp_state,
            sign_in::enrol_totp,
            sign_in::remove_totp
        ))
        .routes(routes!(sign_in::confirm_totp))
        .routes(routes!(sign_in::own_sign_ins))
        .routes(routes!(sign_in::password_rules))
        .routes(routes!(sign_in::providers))
        .routes(routes!(sign_in::begin_oidc))
        .routes(routes!(sign_in::finish_oidc))
        .routes(routes!(sign_in::log_in_as))
        .routes(routes!(sign_in::sign_ins))
        .routes(routes!(sign_in::user_sessions, sign_in::end_user_sessions))
        .routes(routes!(sign_in::user_tokens))
        .routes(routes!(sign_in::revoke_user_token))
        .routes(routes!(sign_in::reset_totp))
        .routes(routes!(sign_in::set_password_rules))
        .routes(routes!(sign_in::all_providers))
        .routes(routes!(sign_in::save_provider, sign_in::remove_provider))
        .routes(routes!(
            sign_in::outbound_allowed,
            sign_in::set_outbound_allowed
        ))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(meta::show))
        .routes(routes!(dictionary::list))
        .routes(routes!(dictionary::add_object))
        .routes(routes!(dictionary::change_object))
        .routes(routes!(dictionary::add_field))
        .routes(routes!(dictionary::change_field))
        .routes(routes!(dictionary::add_option_set))
        .routes(routes!(dictionary::change_option_set))
        .routes(routes!(dashboard::show))
        .routes(routes!(orders::pay))
        .routes(routes!(views::save_layout))
        .routes(routes!(views::delete_layout))
        .routes(routes!(views::list, views::add))
        .routes(routes!(views::change, views::remove))
        .routes(routes!(files::list, files::attach))
        .routes(routes!(files::download, files::remove))
        .routes(routes!(search::search))
        .routes(routes!(imports::start))
        .routes(routes!(imports::list))
        .routes(routes!(imports::show))
        .routes(routes!(imports::cancel))
        .routes(routes!(imports::undo))
        .routes(routes!(imports::refused))
        .routes(routes!(export::export))
        .routes(routes!(duplicates::list, duplicates::save))
        .routes(routes!(duplicates::remove))
        .routes(routes!(duplicates::find))
        .routes(routes!(record_actions::bulk))
        .routes(routes!(record_actions::copy))
        .routes(routes!(record_actions::groups))
        .routes(routes!(record_actions::purge))
        .routes(routes!(record_actions::merge))
        .routes(routes!(record_actions::unmerge))
        .routes(routes!(record_companions::companions))
        .routes(routes!(record_companions::set_tags))
        .routes(routes!(
            record_companions::set_mark,
            record_companions::clear_mark
        ))
        .routes(routes!(record_companions::marked))
        .routes(routes!(record_companions::tags))
        .routes(routes!(record_companions::tagged))
        .routes(routes!(
            record_companions::notes,
            record_companions::add_note
        ))
        .routes(routes!(
            record_companions::comments,
            record_companions::add_comment
        ))
        .routes(routes!(
            record_companions::change_remark,
            record_companions::delete_remark
        ))
        .routes(routes!(record_companions::mentions))
        .routes(routes!(record_companions::see_mention))
        .routes(routes!(record_companions::timeline))
        .routes(routes!(segments::preview))
        .routes(routes!(segments::evaluate))
        .routes(routes!(segments::members))
        .routes(routes!(campaigns::launch))
        .routes(routes!(campaigns::obstacles))
        .routes(routes!(campaigns::pause))
        .routes(routes!(campaigns::resume))
        .routes(routes!(campaigns::stop))
        .routes(routes!(campaigns::result))
        .routes(routes!(sql::run))
        .routes(routes!(analytics::rfm))
        .routes(routes!(analytics::clv))
        .routes(routes!(analytics::sales))
        .routes(routes!(analytics::retention))
        .routes(routes!(analytics::retained::revenue_retention))
        .routes(routes!(analytics::retained::lifecycle))
        .routes(routes!(analytics::baskets::basket))
        .routes(routes!(report_packs::list, report_packs::save))
        .routes(routes!(report_packs::render))
        .routes(routes!(report_packs::deliver))
        .routes(routes!(report_packs::deliveries))
        .routes(routes!(report_packs::file))
        .merge(opportunity_routes())
        .merge(activity_routes())
        .merge(access_routes())
        .merge(workflow_routes())
        .routes(routes!(behaviour::send))
        .routes(routes!(behaviour::list_sites, behaviour::add_site))
        .routes(routes!(behaviour::remove_site))
        .routes(routes!(behaviour::identify))
        .routes(routes!(behaviour::retention::list))
        .routes(routes!(behaviour::retention::set))
        .merge(lead_routes())
        .merge(customer_routes())
        .routes(routes!(lake::status))
        .routes(routes!(lake::verify))
        .routes(routes!(erasures::list, erasures::ask))
        .routes(routes!(erasures::show))
        .routes(routes!(lake_upkeep::set_profile))
        .routes(routes!(lake_upkeep::cluster))
        .routes(routes!(lake_upkeep::compact))
        .routes(routes!(events::listen))
        .routes(routes!(system::health))
        .routes(routes!(system::document))
}

/// Opportunities beyond their records.
fn opportunity_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            opportunities::list_stages,
            opportunities::save_stages
        ))
        .routes(routes!(opportunities::set_priority))
        .routes(routes!(opportunities::win))
        .routes(routes!(opportunities::progress))
        .routes(routes!(opportunities::funnel))
        .routes(routes!(opportunities::summary))
        .routes(routes!(opportunities::forecast))
        .routes(routes!(
            opportunities::forecast_setting,
            opportunities::save_forecast_setting
        ))
}

/// Activities, calendars and reminders beyond their records.
fn activity_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(activities::of_record))
        .routes(routes!(activities::create_series))
        .routes(routes!(activities::edit_series))
        .routes(routes!(activities::check_in))
        .routes(routes!(activities::show_stream))
        .routes(routes!(activities::frequency))
        .routes(routes!(activities::follow_ups))
        .routes(routes!(activities::verdict, activities::judge))
        .routes(routes!(
            activities::list_instructions,
            activities::give_instruction
        ))
        .routes(routes!(activities::finish_instruction))
        .routes(routes!(activities::commitments))
        .routes(routes!(calendar::show))
        .routes(routes!(calendar::move_entry))
        .routes(routes!(calendar::preference, calendar::save_preference))
        .routes(routes!(calendar::shares))
        .routes(routes!(calendar::share, calendar::unshare))
        .routes(routes!(
            calendar::feed_state,
            calendar::make_feed,
            calendar::remove_feed
        ))
        .routes(routes!(calendar::completion))
        .routes(routes!(calendar::due_times))
        .routes(routes!(calendar::deadline))
        .routes(routes!(reminders::list, reminders::create))
        .routes(routes!(reminders::templates))
        .routes(routes!(reminders::save, reminders::remove))
        .routes(routes!(reminders::alerts))
        .routes(routes!(reminders::acknowledge))
}

/// Leads, public pools, assignment, forms.
fn lead_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(leads::convert))
        .routes(routes!(leads::trace))
        .routes(routes!(leads::funnel))
        .routes(routes!(leads::performance))
        .routes(routes!(leads::show_scoring, leads::set_scoring))
        .routes(routes!(leads::rescore))
        .routes(routes!(leads::checklists))
        .routes(routes!(leads::set_checklist))
        .routes(routes!(leads::show_checks, leads::check))
        .routes(routes!(leads::claim))
        .routes(routes!(leads::assign))
        .routes(routes!(leads::give_back))
        .routes(routes!(leads::recycle))
        .routes(routes!(
            leads::list_assignment_rules,
            leads::create_assignment_rule
        ))
        .routes(routes!(
            leads::save_assignment_rule,
            leads::remove_assignment_rule
        ))
        .routes(routes!(leads::dry_run_assignment))
        .routes(routes!(leads::list_forms, leads::create_form))
        .routes(routes!(leads::save_form, leads::remove_form))
        .routes(routes!(leads::post_form))
}

/// Customers beyond their fields.
fn customer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(customers::set_standing))
        .routes(routes!(customers::enter_lifecycle))
        .routes(routes!(customers::set_activity))
        .routes(routes!(customers::show_lifecycle, customers::set_lifecycle))
        .routes(routes!(customers::tree))
        .routes(routes!(customers::units, customers::set_units))
        .routes(routes!(customers::contact_map))
        .routes(routes!(customers::show_criteria, customers::set_criteria))
        .routes(routes!(customers::review))
}

/// Rules, approvals, webhooks and the inbox.
fn workflow_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(workflow::list_rules, workflow::create_rule))
        .routes(routes!(workflow::save_rule, workflow::remove_rule))
        .routes(routes!(workflow::dry_run))
        .routes(routes!(workflow::list_runs))
        .routes(routes!(workflow::history))
        .routes(routes!(workflow::list_webhooks, workflow::create_webhook))
        .routes(routes!(workflow::save_webhook, workflow::remove_webhook))
        .routes(routes!(workflow::webhook_deliveries))
        .routes(routes!(workflow::list_flows, workflow::create_flow))
        .routes(routes!(workflow::save_flow, workflow::remove_flow))
        .routes(routes!(workflow::submit, workflow::of_record))
        .routes(routes!(workflow::waiting))
        .routes(routes!(workflow::decide))
        .routes(routes!(workflow::delegate))
        .routes(routes!(workflow::recall))
        .routes(routes!(workflow::notifications))
        .routes(routes!(workflow::read_all))
        .routes(routes!(workflow::read_one))
}

/// Administration of access.
fn access_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(access::list_profiles))
        .routes(routes!(access::save_profile, access::remove_profile))
        .routes(routes!(access::list_roles))
        .routes(routes!(access::save_role, access::remove_role))
        .routes(routes!(access::list_groups, access::create_group))
        .routes(routes!(access::save_group, access::remove_group))
        .routes(routes!(access::list_layers))
        .routes(routes!(access::save_layer, access::remove_layer))
        .routes(routes!(access::list_assistants))
        .routes(routes!(access::add_assistant, access::remove_assistant))
        .routes(routes!(
            access::list_sharing_rules,
            access::create_sharing_rule
        ))
        .routes(routes!(
            access::save_sharing_rule,
            access::remove_sharing_rule
        ))
        .routes(routes!(access::list_defaults))
        .routes(routes!(access::set_default))
        .routes(routes!(access::list_dimensions, access::create_dimension))
        .routes(routes!(access::save_dimension, access::remove_dimension))
        .routes(routes!(access::user_rights))
        .routes(routes!(access::record_readers))
        .routes(routes!(access::field_readers))
}

/// Records of whatever the dictionary knows; documented from it.
fn record_routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/{resource}",
            get(records::list).post(records::create),
        )
        .route(
            "/api/v1/{resource}/{id}",
            get(records::show)
                .patch(records::change)
                .delete(records::remove),
        )
        .route(
            "/api/v1/{resource}/{id}/restore",
            axum::routing::post(records::restore),
        )
        .route("/api/v1/{resource}/{id}/audit", get(records::trail))
        .route(
            "/api/v1/{resource}/{id}/shares",
            get(access::list_shares).post(access::share),
        )
        .route(
            "/api/v1/{resource}/{id}/shares/{share}",
            axum::routing::delete(access::unshare),
        )
}

/// Pages for people and for mail programs.
fn page_routes() -> Router<App> {
    Router::new()
        .route("/api/docs", get(docs::page))
        .route("/api/docs/docs.js", get(docs::script))
        .route("/api/docs/pages.css", get(docs::style))
        .route("/t/o/{file}", get(tracking::open))
        .route("/t/c/{token}/{link}", get(tracking::click))
        .route(
            "/t/u/{token}",
            get(tracking::unsubscribe_page).post(tracking::unsubscribe),
        )
        .route("/collect.js", get(behaviour::page::snippet))
        .route(
            "/collect/{site}",
            axum::routing::post(behaviour::page::take).options(behaviour::page::ask),
        )
        .layer(Extension(behaviour::Throttle::new(
            STRANGERS_BURST,
            STRANGERS_EACH_SECOND,
        )))
        .route("/calendar/feed/{token}", get(calendar::feed))
        .route("/mailbox", get(mailbox::page))
        .route("/mailbox/{id}", get(mailbox::message))
        .route("/mailbox/{id}/html", get(mailbox::html))
        .route(
            "/mailbox/{id}/attachments/{number}",
            get(mailbox::attachment),
        )
        .route("/mailbox/api/messages", get(mailbox::list))
        .route("/mailbox/api/messages/{id}", get(mailbox::get))
}

/// The whole service.
pub fn router(app: App) -> Router {
    let (api, _) = api_routes().split_for_parts();
    api.merge(record_routes())
        .layer(middleware::from_fn_with_state(
            app.clone(),
            idempotency::once,
        ))
        .merge(page_routes())
        .fallback(web::serve)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| {
                Problem::internal("a handler panicked").into_response()
            },
        ))
        .layer(middleware::from_fn(context::carry))
        // Outside of `carry`, which writes the bodies of problems anew.
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(security::headers))
        .with_state(app)
}

async fn method_not_allowed(request: Request) -> Problem {
    let method = request.method();
    let text = Text::new(
        format!("{method} is not possible here."),
        format!("此处不支持 {method}。"),
    );
    Problem::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        text,
    )
}
