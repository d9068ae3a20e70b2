package io.tollgate.ingest.proxy;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Which headers go to a target.
public final class ProxyHeaders {
    /// Says to a target that the call was tested here, and to this system that it comes back.
    public static final String PROXIED = "x-tollgate-proxied";

    public static final String CUSTOMER_ID = "x-tracktags-customer-id";
    private static final String CONTENT_TYPE = "content-type";

    private static final Set<String> WITHHELD = Set.of(
            "authorization",
            "host",
            "content-length",
            "connection",
            "expect",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");
    private static final String[] OURS = {"x-tracktags-", "x-tollgate-", "x-webhook-secret-"};

    private ProxyHeaders() {}

    /// The caller's headers that may go on, and those added here, by lower-case name.
    ///
    /// @param added win over the caller's
    public static Map<String, String> forwarded(ProxyCall call, Map<String, String> added) {
        Map<String, String> headers = new TreeMap<>();
        call.headers().forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!withheld(lower)) {
                headers.put(lower, value);
            }
        });
        if (call.body().isPresent()) {
            headers.putIfAbsent(CONTENT_TYPE, "application/json");
        }
        headers.putAll(added);
        return headers;
    }

    private static boolean withheld(String lower) {
        for (String prefix : OURS) {
            if (lower.startsWith(prefix)) {
                return true;
            }
        }
        return WITHHELD.contains(lower);
    }

    /// Whether a header says that the call went through a proxy of this kind already.
    public static boolean marksProxied(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals(CUSTOMER_ID) || lower.equals(PROXIED);
    }
}
