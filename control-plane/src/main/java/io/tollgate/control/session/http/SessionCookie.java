package io.tollgate.control.session.http;

import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.SameSite;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.session.OwnOrigins;
import io.tollgate.control.session.Session;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// How sessions travel: as a bearer token, or as a cookie, which browsers send by themselves, also for pages of others.
public final class SessionCookie {
    private static final String NAME = "tollgate.session";
    private static final String BEARER = "bearer ";
    private static final Set<HttpMethod> READING = EnumSet.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final OwnOrigins origins;

    public SessionCookie(OwnOrigins origins) {
        this.origins = origins;
    }

    /// A token that came with a request.
    ///
    /// @param cookie whether a browser sent it by itself
    public record Presented(RandomToken token, boolean cookie) {}

    /// The token of a session, if one is presented; `Authorization` decides where it is sent.
    public static Optional<Presented> of(HttpRequest<?> request) {
        Optional<String> authorization = request.getHeaders().getFirst("Authorization");
        if (authorization.isPresent()) {
            return authorization
                    .filter(text -> text.toLowerCase(Locale.ROOT).startsWith(BEARER))
                    .flatMap(text -> RandomToken.sent(text.substring(BEARER.length())))
                    .map(token -> new Presented(token, false));
        }
        return request.getCookies()
                .findCookie(NAME)
                .flatMap(cookie -> RandomToken.sent(cookie.getValue()))
                .map(token -> new Presented(token, true));
    }

    /// Passes what does not change anything, what comes with a bearer token, and what a page of our own sent.
    public void requireOwnPage(HttpRequest<?> request, Presented presented) {
        if (presented.cookie() && !READING.contains(request.getMethod()) && !fromOwnPage(request)) {
            throw Problem.of(
                    ErrorCode.CROSS_ORIGIN,
                    "A change with a session cookie must come from a page of APP_URL or CORS_ALLOWED_ORIGINS.");
        }
    }

    /// Passes what no page of others sent: so that nobody is signed in as somebody else by visiting a page.
    public void refuseForeignPage(HttpRequest<?> request) {
        if (request.getHeaders().contains("Origin") && !fromOwnPage(request)) {
            throw Problem.of(
                    ErrorCode.CROSS_ORIGIN, "The page that sent this is none of APP_URL or CORS_ALLOWED_ORIGINS.");
        }
    }

    private boolean fromOwnPage(HttpRequest<?> request) {
        return request.getHeaders()
                .getFirst("Origin")
                .or(() -> request.getHeaders().getFirst("Referer"))
                .filter(origins::own)
                .isPresent();
    }

    /// Hands the token to a browser, which keeps it from scripts.
    public <B> MutableHttpResponse<B> set(MutableHttpResponse<B> answer, RandomToken token) {
        return answer.cookie(cookie(token.reveal(), Session.LASTS));
    }

    /// Takes it from the browser.
    public <B> MutableHttpResponse<B> clear(MutableHttpResponse<B> answer) {
        return answer.cookie(cookie("", Duration.ZERO));
    }

    private Cookie cookie(String value, Duration lasts) {
        return Cookie.of(NAME, value)
                .path("/")
                .httpOnly(true)
                .secure(origins.secure())
                .sameSite(SameSite.Lax)
                .maxAge(lasts.toSeconds());
    }
}
