package io.tollgate.contract.problem;

/// Every error that a caller can see: stable public name, HTTP status, whose matter it is, and the title that stands in
/// `error`.
public enum ErrorCode {
    /// The body is not JSON, or not valid UTF-8.
    MALFORMED_JSON(400, Category.CALLER, "Invalid request body"),
    /// A field is missing, of the wrong type or out of bounds; `details` names each.
    VALIDATION_FAILED(400, Category.CALLER, "Invalid request body"),
    /// A quantity with more than 14 integer digits.
    QUANTITY_OUT_OF_RANGE(400, Category.CALLER, "Invalid request body"),
    /// An event time further ahead than `EVENT_MAX_AHEAD`.
    TIMESTAMP_IN_FUTURE(400, Category.CALLER, "Invalid request body"),
    /// An event time older than `EVENT_MAX_AGE`.
    TIMESTAMP_TOO_OLD(400, Category.CALLER, "Invalid request body"),
    /// Unknown `scope`, or `customer` without `customer_id`.
    INVALID_SCOPE(400, Category.CALLER, "Invalid Scope"),
    /// The organization cannot be told from the request.
    ORGANIZATION_REQUIRED(400, Category.CALLER, "Bad Request"),
    /// A `plan_id` that names no plan of the organization.
    PLAN_NOT_FOUND(400, Category.CALLER, "Bad Request"),
    /// An invitation or a password reset that is unknown, used or too old.
    INVALID_TOKEN(400, Category.CALLER, "Bad Request"),
    /// The organization would be without an owner.
    LAST_OWNER(400, Category.CALLER, "Bad Request"),
    /// No credential, or one that is not valid.
    UNAUTHENTICATED(401, Category.CALLER, "Unauthorized"),
    /// E-mail address and password do not belong together, or nobody has the address.
    INVALID_EMAIL_OR_PASSWORD(401, Category.CALLER, "Unauthorized"),
    /// The wrong kind of principal for this route.
    FORBIDDEN(403, Category.CALLER, "Forbidden"),
    /// A scoped key that lacks the permission which the route, or what it grants, takes.
    INSUFFICIENT_PERMISSION(403, Category.CALLER, "Forbidden"),
    /// The organization in path or body is not the principal's.
    ORGANIZATION_MISMATCH(403, Category.CALLER, "Forbidden"),
    /// A change by the session of a browser that comes from a page of another origin.
    CROSS_ORIGIN(403, Category.CALLER, "Forbidden"),
    /// A quota has no room for what would be recorded; `details` says which and why.
    QUOTA_EXCEEDED(403, Category.CALLER, "Quota exceeded"),
    /// The tenant is suspended: proxy and checks refuse it.
    TENANT_SUSPENDED(403, Category.CALLER, "Forbidden"),
    /// The tenant is deleted: everything refuses it.
    TENANT_DELETED(403, Category.CALLER, "Forbidden"),
    /// A proxy target that may not be reached.
    TARGET_FORBIDDEN(403, Category.CALLER, "Forbidden Target"),
    /// Unknown id or route.
    NOT_FOUND(404, Category.CALLER, "Not Found"),
    /// The route exists with another method.
    METHOD_NOT_ALLOWED(405, Category.CALLER, "Method Not Allowed"),
    /// A thing of this name exists.
    ALREADY_EXISTS(409, Category.CALLER, "Conflict"),
    /// Two active keys of this type exist.
    KEY_LIMIT_REACHED(409, Category.CALLER, "Key Limit Reached"),
    /// The organization has a plan without a price.
    FREE_PLAN_EXISTS(409, Category.CALLER, "Conflict"),
    /// Tenants are on the plan.
    PLAN_IN_USE(409, Category.CALLER, "Conflict"),
    /// A limit with this target, meter and period exists.
    LIMIT_EXISTS(409, Category.CALLER, "Conflict"),
    /// Another organization has the slug.
    SLUG_TAKEN(409, Category.CALLER, "Conflict"),
    /// A live invoice of the tenant has a part of the period.
    INVOICE_EXISTS(409, Category.CALLER, "Conflict"),
    /// The thing is in a state that does not allow it.
    INVALID_STATE(409, Category.CALLER, "Conflict"),
    /// Same idempotency key, other payload.
    IDEMPOTENCY_KEY_REUSED(409, Category.CALLER, "Idempotency key reused"),
    /// Body over the route's limit, before or after decompression.
    BODY_TOO_LARGE(413, Category.CALLER, "Request Too Large"),
    /// A content type or encoding that the route does not take.
    UNSUPPORTED_MEDIA_TYPE(415, Category.CALLER, "Unsupported Media Type"),
    /// This instance does not carry the role that serves the route.
    ROLE_NOT_SERVED(421, Category.CALLER, "Misdirected Request"),
    /// An account with the e-mail address exists.
    USER_ALREADY_EXISTS(422, Category.CALLER, "Unprocessable Content"),
    /// More requests than a rate limit allows, or more failed sign-ins than are waited for.
    RATE_LIMIT_EXCEEDED(429, Category.CALLER, "Rate limit exceeded"),
    /// A plan limit with action `deny` is breached.
    PLAN_LIMIT_EXCEEDED(429, Category.CALLER, "Plan limit exceeded"),
    /// The tenant's subscription has ended, there is no free plan, and the organization denies that.
    SUBSCRIPTION_EXPIRED(429, Category.CALLER, "Subscription expired"),
    /// More metrics made in a day than the organization's edition allows.
    PLATFORM_LIMIT_EXCEEDED(429, Category.CALLER, "Plan limit exceeded"),
    /// Too many requests without a valid credential from one address.
    IP_BANNED(429, Category.CALLER, "Too Many Requests"),
    /// The target of a proxy call could not be reached.
    PROXY_TARGET_FAILED(502, Category.DEPENDENCY, "Proxy Error"),
    /// The target of a proxy call did not answer in time.
    PROXY_TARGET_TIMEOUT(502, Category.DEPENDENCY, "Proxy Error"),
    /// The target of a proxy call answered with more than may be handed on.
    PROXY_RESPONSE_TOO_LARGE(502, Category.DEPENDENCY, "Proxy Error"),
    /// Whether a proxy target takes part could not be found out.
    DOMAIN_VERIFICATION_FAILED(502, Category.DEPENDENCY, "Domain Verification Failed"),
    /// Too many bytes of requests are in flight at this gateway.
    OVERLOADED(503, Category.CAPACITY, "Service Unavailable"),
    /// The owner of the counters cannot be asked now.
    OWNER_UNAVAILABLE(503, Category.DEPENDENCY, "Service Unavailable"),
    /// Kafka cannot take the write.
    LOG_UNAVAILABLE(503, Category.DEPENDENCY, "Service Unavailable"),
    /// PostgreSQL is down.
    STORE_UNAVAILABLE(503, Category.DEPENDENCY, "Service Unavailable"),
    /// The payment provider does not answer, or with an error.
    PROVIDER_UNAVAILABLE(503, Category.DEPENDENCY, "Service Unavailable"),
    /// The read cannot yet include the write that it was told to include.
    NOT_CAUGHT_UP(503, Category.DEPENDENCY, "Service Unavailable"),
    /// A feature without its settings.
    NOT_CONFIGURED(503, Category.DEPENDENCY, "Service Unavailable"),
    /// A fault of ours.
    INTERNAL(500, Category.INTERNAL, "Internal server error");

    /// Whose matter an error is.
    public enum Category {
        CALLER,
        CAPACITY,
        DEPENDENCY,
        INTERNAL
    }

    private final int status;
    private final Category category;
    private final String title;

    ErrorCode(int status, Category category, String title) {
        this.status = status;
        this.category = category;
        this.title = title;
    }

    public int status() {
        return status;
    }

    public Category category() {
        return category;
    }

    public String title() {
        return title;
    }
}
