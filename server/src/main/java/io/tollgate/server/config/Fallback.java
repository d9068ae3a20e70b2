package io.tollgate.server.config;

/// What holds when a setting is absent.
///
/// @param text a value that the setting's type can parse, or words for the reader
/// @param isValue which of the two; with words the default depends on other settings and [Settings] works it out
record Fallback(String text, boolean isValue) {
    static Fallback value(String text) {
        return new Fallback(text, true);
    }

    static Fallback words(String text) {
        return new Fallback(text, false);
    }
}
