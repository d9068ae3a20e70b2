package io.tollgate.server.registry;

import java.util.function.Function;

/// What came of a request to the registry.
public sealed interface Outcome<T> {
    record Done<T>(T value) implements Outcome<T> {}

    /// Nothing was changed.
    record Refused<T>(Refusal refusal, String message) implements Outcome<T> {}

    static <T> Outcome<T> done(T value) {
        return new Done<>(value);
    }

    static <T> Outcome<T> refused(Refusal refusal, String message) {
        return new Refused<>(refusal, message);
    }

    default <U> Outcome<U> then(Function<? super T, Outcome<U>> next) {
        return switch (this) {
            case Done<T> done -> next.apply(done.value());
            case Refused<T> refused -> new Refused<>(refused.refusal(), refused.message());
        };
    }
}
