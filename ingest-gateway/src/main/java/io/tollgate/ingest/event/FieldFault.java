package io.tollgate.ingest.event;

import io.tollgate.contract.problem.ErrorCode;

/// What can be wrong with one field of an event or a reservation; the name is the public `code` of an entry in
/// `details`.
public enum FieldFault {
    /// The field is missing or empty.
    REQUIRED(ErrorCode.VALIDATION_FAILED),
    /// Another JSON type than the field takes.
    INVALID_TYPE(ErrorCode.VALIDATION_FAILED),
    /// More characters, bytes or members than the field takes.
    TOO_LONG(ErrorCode.VALIDATION_FAILED),
    /// A control character, or half of a surrogate pair.
    INVALID_CHARACTER(ErrorCode.VALIDATION_FAILED),
    /// A string that holds no decimal.
    NOT_A_DECIMAL(ErrorCode.VALIDATION_FAILED),
    /// Zero or less, after rounding to six places.
    NOT_POSITIVE(ErrorCode.VALIDATION_FAILED),
    /// Less than zero.
    NEGATIVE(ErrorCode.VALIDATION_FAILED),
    /// More than the reservation holds.
    ABOVE_RESERVED(ErrorCode.VALIDATION_FAILED),
    /// A number with a fraction, where a whole one is asked for.
    NOT_AN_INTEGER(ErrorCode.VALIDATION_FAILED),
    /// A whole number outside its bounds.
    OUT_OF_RANGE(ErrorCode.VALIDATION_FAILED),
    /// Something else than the other items of the request have.
    DIFFERENT(ErrorCode.VALIDATION_FAILED),
    /// The same as another item of the request, or another member of the event, has.
    REPEATED(ErrorCode.VALIDATION_FAILED),
    /// A version of a format that is not read.
    UNSUPPORTED(ErrorCode.VALIDATION_FAILED),
    /// More than 14 integer digits.
    QUANTITY_OUT_OF_RANGE(ErrorCode.QUANTITY_OUT_OF_RANGE),
    /// A number that no IEEE 754 double holds, so it has no canonical form (RFC 8785).
    NUMBER_OUT_OF_RANGE(ErrorCode.VALIDATION_FAILED),
    /// Not ISO 8601 with `Z` or an offset, or before 1970.
    INVALID_TIMESTAMP(ErrorCode.VALIDATION_FAILED),
    /// Further ahead than `EVENT_MAX_AHEAD`.
    TIMESTAMP_IN_FUTURE(ErrorCode.TIMESTAMP_IN_FUTURE),
    /// Older than `EVENT_MAX_AGE`.
    TIMESTAMP_TOO_OLD(ErrorCode.TIMESTAMP_TOO_OLD);

    private final ErrorCode requestCode;

    FieldFault(ErrorCode requestCode) {
        this.requestCode = requestCode;
    }

    /// The code of the whole request, or of an event that fails alone, when nothing else is wrong with it.
    ErrorCode requestCode() {
        return requestCode;
    }
}
