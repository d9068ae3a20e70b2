package io.tollgate.server.cli;

import io.tollgate.server.config.Settings;
import io.tollgate.server.runtime.Instance.Endpoints;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/// What a started server tells the person who started it: where it listens, the admin key, and three commands to try.
final class Welcome {
    private Welcome() {}

    static void print(PrintWriter out, Endpoints endpoints, Settings settings, Duration took) {
        out.printf(
                Locale.ROOT,
                "%nTollgate is ready after %.1f s.%n%n  API        %s   (documentation: %s/docs)%n  Kafka      %s%n"
                        + "  Registry   %s%n",
                took.toMillis() / 1000.0,
                endpoints.url(),
                endpoints.url(),
                endpoints.kafka(),
                endpoints.registry());
        endpoints.database().ifPresent(url -> out.printf("  PostgreSQL %s%n", url));
        out.printf("  Data       %s%n", settings.data());
        endpoints.adminKey().ifPresent(key -> {
            boolean show = endpoints.adminKeyKept();
            out.printf("  Admin key  %s%n", show ? key : "as set in ADMIN_SECRET_KEY");
            tryIt(out, endpoints.url(), show ? key : "$ADMIN_SECRET_KEY");
        });
        out.flush();
    }

    private static void tryIt(PrintWriter out, String url, String adminKey) {
        String text = """

                Try it:

                  ORG=$(curl -s %1$s/api/v1/businesses -H 'X-Admin-Key: %2$s' -H 'Content-Type: application/json' -d '{"business_name":"Acme","email":"ops@acme.example"}' | sed 's/.*"business_id":"\\([^"]*\\)".*/\\1/')
                  KEY=$(curl -s %1$s/api/v1/businesses/$ORG/keys -H 'X-Admin-Key: %2$s' -H 'Content-Type: application/json' -d '{"key_type":"business","key_name":"first"}' | sed 's/.*"api_key":"\\([^"]*\\)".*/\\1/')
                  curl -s %1$s/api/v1/events -H "Authorization: Bearer $KEY" -d '{"event_type":"api_request","tenant_id":"cust_7","quantity":1,"idempotency_key":"order-1001"}'
                """;
        out.printf(text, url, adminKey.startsWith("$") ? "'\"" + adminKey + "\"'" : adminKey);
    }
}
