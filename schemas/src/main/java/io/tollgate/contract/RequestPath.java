package io.tollgate.contract;

/// Paths as filters compare them. Routes are found with closing slashes as well, so a filter that looked at the path as
/// it is sent could be walked around with one.
public final class RequestPath {
    private RequestPath() {}

    /// Without closing slashes; `/` stays.
    public static String of(String sent) {
        int end = sent.length();
        while (end > 1 && sent.charAt(end - 1) == '/') {
            end--;
        }
        return sent.substring(0, end);
    }
}
