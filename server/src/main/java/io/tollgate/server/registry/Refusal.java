package io.tollgate.server.registry;

/// Why the registry does not do what was asked. The codes are the API's.
public enum Refusal {
    SUBJECT_NOT_FOUND(404, 40401),
    VERSION_NOT_FOUND(404, 40402),
    SCHEMA_NOT_FOUND(404, 40403),
    SUBJECT_LEVEL_NOT_SET(404, 40408),
    INCOMPATIBLE(409, 409),
    INVALID_SCHEMA(422, 42201),
    INVALID_VERSION(422, 42202),
    INVALID_LEVEL(422, 42203),
    INVALID_SUBJECT(422, 42208),
    /// A limit of this registry, which protects the memory of the process it runs in.
    TOO_MUCH(422, 42299);

    private final int status;
    private final int code;

    Refusal(int status, int code) {
        this.status = status;
        this.code = code;
    }

    /// The HTTP status.
    public int status() {
        return status;
    }

    /// The API's finer code.
    public int code() {
        return code;
    }
}
