package io.tollgate.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Where PostgreSQL is and who connects. Read from the forms people have at hand:
/// `postgresql://user:password@host:port/name` (also `postgres://`) and
/// `jdbc:postgresql://host:port/name?user=…&password=…`. User and password are taken out of the address, so the JDBC
/// address may be logged.
///
/// @param jdbcUrl the address without user and password; other parameters, such as `sslmode`, are kept
/// @param user who connects; empty leaves it to the driver
/// @param password empty when none was given
public record DatabaseUrl(String jdbcUrl, String user, String password) {
    private static final String JDBC = "jdbc:";
    private static final int DEFAULT_PORT = 5432;

    /// Throws IllegalArgumentException with a sentence that does not repeat the text, which may hold a password.
    public static DatabaseUrl parse(String text) {
        var uri = uri(text.startsWith(JDBC) ? text.substring(JDBC.length()) : text);
        var scheme = uri.getScheme();
        if (!"postgresql".equals(scheme) && !"postgres".equals(scheme)) {
            throw new IllegalArgumentException("must begin with postgresql:// or jdbc:postgresql://");
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("must name one host, as in postgresql://user:password@host:5432/name");
        }
        var name = uri.getRawPath();
        if (name == null || name.length() < 2) {
            throw new IllegalArgumentException("must name a database, as in postgresql://user:password@host:5432/name");
        }
        var user = "";
        var password = "";
        var userInfo = uri.getRawUserInfo();
        if (userInfo != null) {
            var colon = userInfo.indexOf(':');
            user = percentDecoded(colon < 0 ? userInfo : userInfo.substring(0, colon));
            password = colon < 0 ? "" : percentDecoded(userInfo.substring(colon + 1));
        }
        List<String> kept = new ArrayList<>();
        if (uri.getRawQuery() != null) {
            for (var parameter : uri.getRawQuery().split("&", -1)) {
                if (parameter.startsWith("user=")) {
                    user = URLDecoder.decode(parameter.substring("user=".length()), StandardCharsets.UTF_8);
                } else if (parameter.startsWith("password=")) {
                    password = URLDecoder.decode(parameter.substring("password=".length()), StandardCharsets.UTF_8);
                } else if (!parameter.isEmpty()) {
                    kept.add(parameter);
                }
            }
        }
        var port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
        var query = kept.isEmpty() ? "" : "?" + String.join("&", kept);
        return new DatabaseUrl(JDBC + "postgresql://" + uri.getHost() + ":" + port + name + query, user, password);
    }

    /// The address with user and password, as [#parse] reads it.
    public String withCredentials() {
        return jdbcUrl
                + (jdbcUrl.contains("?") ? "&" : "?")
                + "user=" + URLEncoder.encode(user, StandardCharsets.UTF_8)
                + "&password=" + URLEncoder.encode(password, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return jdbcUrl + (user.isEmpty() ? "" : " as " + user);
    }

    // A plus sign is itself in the part before the @, unlike in a query.
    private static String percentDecoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            // Without the cause: its message repeats the text, password included.
            throw new IllegalArgumentException("is not an address; percent-encode special characters of the password");
        }
    }
}
