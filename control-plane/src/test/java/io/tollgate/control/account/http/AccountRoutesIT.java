package io.tollgate.control.account.http;

import static io.tollgate.control.fixture.TestAccounts.APP;
import static io.tollgate.control.fixture.TestAccounts.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.mail.Mail;
import io.tollgate.control.fixture.TestAccounts;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountRoutesIT {
    private static final TestAccounts ACCOUNTS = new TestAccounts(Instant.parse("2026-11-22T10:00:00Z"));
    private static final TestControl CONTROL = ACCOUNTS.control();
    private static final String SIGN_IN = "/api/auth/sign-in/email";
    private static final String SIGN_UP = "/api/auth/sign-up/email";

    @AfterAll
    static void stop() {
        ACCOUNTS.close();
    }

    private static String credentials(String email, String password) {
        return "{\"email\":\"" + email + "\",\"password\":\"" + password + "\"}";
    }

    private static HttpResponse<String> signIn(String email, String password, String client) {
        return ACCOUNTS.post(SIGN_IN, credentials(email, password), "Client", client);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return new Answer(answer.statusCode(), answer.body()).json();
    }

    private static String code(HttpResponse<String> answer) {
        return answer.statusCode() + " " + json(answer).path("code").asText();
    }

    private static String session(String token) {
        return ACCOUNTS.as(token, "GET", "/api/auth/get-session", "").text();
    }

    private static String cookie(HttpResponse<String> answer) {
        return answer.headers().firstValue("Set-Cookie").orElse("");
    }

    @Test
    void signingUpSignsInAndShowsTheUser() {
        HttpResponse<String> answer = ACCOUNTS.post(
                SIGN_UP, "{\"email\":\"Ann@Example.com\",\"password\":\"" + PASSWORD + "\",\"name\":\"Ann\"}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode user = json(answer).required("user");
        assertThat(user.properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder("id", "email", "name", "image", "emailVerified", "createdAt", "updatedAt");
        assertThat(user.required("id").textValue()).matches("usr_[0-9a-z]{26}");
        assertThat(user.required("email").textValue()).isEqualTo("ann@example.com");
        assertThat(user.required("emailVerified").booleanValue()).isFalse();
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        String token = json(answer).required("token").textValue();
        assertThat(cookie(answer))
                .startsWith("tollgate.session=" + token + ";")
                .containsIgnoringCase("; HttpOnly")
                .contains("; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=604800");
        Answer session = ACCOUNTS.as(token, "GET", "/api/auth/get-session", "");
        assertThat(session.json().at("/session/userId")).isEqualTo(user.required("id"));
        assertThat(session.json().required("user")).isEqualTo(user);
        assertThat(Instant.parse(session.json().at("/session/expiresAt").textValue()))
                .isBetween(CONTROL.changes().now(), CONTROL.changes().now().plus(Duration.ofDays(7)));
    }

    @Test
    void nothingThatSignsSomebodyInIsStored() {
        String token = ACCOUNTS.signUp("stored@example.com");

        List<String> rows = CONTROL.jdbi()
                .withHandle(
                        handle -> handle.createQuery("""
                                SELECT s::text FROM sessions s UNION ALL SELECT a::text FROM accounts a
                                UNION ALL SELECT u::text FROM users u UNION ALL SELECT l::text FROM audit_logs l
                                """).mapTo(String.class).list());

        assertThat(rows).hasSizeGreaterThan(3).noneMatch(row -> row.contains(token) || row.contains(PASSWORD));
    }

    @Test
    void addressBelongsToOneAccountHoweverItIsWritten() throws Exception {
        ACCOUNTS.signUp("once@example.com");

        assertThat(code(ACCOUNTS.post(
                        SIGN_UP,
                        "{\"email\":\"ONCE@example.com\",\"password\":\"" + PASSWORD + "\",\"name\":\"Two\"}")))
                .isEqualTo("422 USER_ALREADY_EXISTS");
        List<Integer> statuses = TestControl.concurrently(
                4,
                () -> ACCOUNTS.post(
                                SIGN_UP,
                                "{\"email\":\"race@example.com\",\"password\":\"" + PASSWORD + "\",\"name\":\"R\"}")
                        .statusCode());
        assertThat(statuses).containsExactlyInAnyOrder(200, 422, 422, 422);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"email\":\"a@b.c\",\"password\":\"1234567\",\"name\":\"A\"}",
                "{\"email\":\"nobody\",\"password\":\"12345678\",\"name\":\"A\"}",
                "{\"email\":\"a@b.c\",\"password\":\"12345678\",\"name\":\" \"}",
                "{\"email\":\"a@b.c\",\"password\":12345678,\"name\":\"A\"}",
                "{\"email\":\"a@b.c\",\"password\":\"12345678\",\"name\":\"A\\nB\"}"
            })
    void whatCannotBeAnAccountIs400(String body) {
        HttpResponse<String> answer = ACCOUNTS.post(SIGN_UP, body);

        assertThat(code(answer)).isEqualTo("400 VALIDATION_FAILED");
        assertThat(answer.body()).doesNotContain("12345678");
    }

    @Test
    void signingInTakesTheRightPasswordOnly() {
        ACCOUNTS.signUp("in@example.com");

        HttpResponse<String> right = signIn("IN@example.com", PASSWORD, "192.0.2.2");
        HttpResponse<String> wrong = signIn("in@example.com", PASSWORD + "!", "192.0.2.2");
        HttpResponse<String> unknown = signIn("unknown@example.com", PASSWORD, "192.0.2.2");

        assertThat(right.statusCode()).isEqualTo(200);
        assertThat(json(right).required("redirect").booleanValue()).isFalse();
        assertThat(session(json(right).required("token").textValue())).contains("in@example.com");
        assertThat(code(wrong)).isEqualTo("401 INVALID_EMAIL_OR_PASSWORD");
        assertThat(unknown.body()).isEqualTo(wrong.body());
    }

    @Test
    void tenFailuresLockAnAccountForThePlaceTheyCameFrom() {
        ACCOUNTS.signUp("locked@example.com");
        for (int i = 0; i < 10; i++) {
            assertThat(signIn("locked@example.com", "wrong", "192.0.2.66").statusCode())
                    .isEqualTo(401);
        }

        HttpResponse<String> refused = signIn("locked@example.com", PASSWORD, "192.0.2.66");

        assertThat(code(refused)).isEqualTo("429 RATE_LIMIT_EXCEEDED");
        assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(840, 900);
        // Neither another account from there, nor the owner from elsewhere, is kept out.
        assertThat(signIn("other@example.com", PASSWORD, "192.0.2.66").statusCode())
                .isEqualTo(401);
        assertThat(signIn("locked@example.com", PASSWORD, "192.0.2.67").statusCode())
                .isEqualTo(200);
        CONTROL.pass(Duration.ofMinutes(15));
        assertThat(signIn("locked@example.com", PASSWORD, "192.0.2.66").statusCode())
                .isEqualTo(200);
    }

    @Test
    void guessesAtOnceAreCountedOneByOne() throws Exception {
        ACCOUNTS.signUp("guessed@example.com");

        List<Integer> statuses = TestControl.concurrently(
                16, () -> signIn("guessed@example.com", "wrong", "192.0.2.70").statusCode());

        assertThat(statuses).filteredOn(status -> status == 429).hasSize(6);
        assertThat(statuses)
                .filteredOn(status -> status == 401 || status == 503)
                .hasSize(10);
    }

    @Test
    void successClearsTheFailures() {
        ACCOUNTS.signUp("clumsy@example.com");
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 9; i++) {
                signIn("clumsy@example.com", "wrong", "192.0.2.68");
            }
            assertThat(signIn("clumsy@example.com", PASSWORD, "192.0.2.68").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void sessionEndsWhenItIsSignedOut() {
        String token = ACCOUNTS.signUp("out@example.com");
        String another = json(signIn("out@example.com", PASSWORD, "192.0.2.3"))
                .required("token")
                .textValue();

        HttpResponse<String> out = CONTROL.exchange(
                "nobody", "POST", "/api/auth/sign-out", "", "Cookie", "tollgate.session=" + token, "Origin", APP);

        assertThat(out.body()).isEqualTo("{\"success\":true}");
        assertThat(cookie(out)).startsWith("tollgate.session=;").contains("Max-Age=0");
        assertThat(session(token)).isEqualTo("null");
        assertThat(ACCOUNTS.as(token, "GET", "/api/v1/team/members", "").status())
                .isEqualTo(401);
        assertThat(session(another)).contains("out@example.com");
        assertThat(ACCOUNTS.post("/api/auth/sign-out", "").statusCode()).isEqualTo(200);
    }

    @Test
    void sessionLastsAWeekFromTheLastDayOnWhichItWasUsed() {
        String token = ACCOUNTS.signUp("week@example.com");
        String unused = json(signIn("week@example.com", PASSWORD, "192.0.2.4"))
                .required("token")
                .textValue();
        CONTROL.pass(Duration.ofDays(6));

        HttpResponse<String> used =
                CONTROL.exchange("nobody", "GET", "/api/auth/get-session", "", "Cookie", "tollgate.session=" + token);
        HttpResponse<String> usedAgain =
                CONTROL.exchange("nobody", "GET", "/api/auth/get-session", "", "Cookie", "tollgate.session=" + token);

        // The browser is told, once a day.
        assertThat(cookie(used)).startsWith("tollgate.session=" + token).contains("Max-Age=604800");
        assertThat(cookie(usedAgain)).isEmpty();
        CONTROL.pass(Duration.ofDays(2));
        assertThat(session(unused)).isEqualTo("null");
        assertThat(session(token)).contains("week@example.com");
        CONTROL.pass(Duration.ofDays(7).plusSeconds(1));
        assertThat(session(token)).isEqualTo("null");
    }

    @Test
    void ofTooManySessionsTheOldestEnds() {
        String first = ACCOUNTS.signUp("many@example.com");
        String userId = ACCOUNTS.userId(first);
        CONTROL.pass(Duration.ofMinutes(1));
        CONTROL.jdbi().useHandle(handle -> handle.execute("""
                        INSERT INTO sessions (id, token_hash, user_id, created_at, renewed_at, expires_at)
                        SELECT gen_random_uuid(), sha256(('many' || n)::bytea), user_id, created_at,
                               renewed_at + interval '1 second', expires_at
                        FROM sessions, generate_series(1, 99) n WHERE user_id = ?
                        """, userId));
        assertThat(session(first)).contains("many@example.com");

        HttpResponse<String> last = signIn("many@example.com", PASSWORD, "192.0.2.5");

        assertThat(session(first)).isEqualTo("null");
        assertThat(session(json(last).required("token").textValue())).contains("many@example.com");
    }

    @Test
    void changesWithACookieComeFromOwnPages() {
        String token = ACCOUNTS.signUp("cookie@example.com");
        ACCOUNTS.ownedBy(token);
        String path = "/api/v1/team/invitations";
        String body = "{\"email\":\"invited@example.com\"}";
        String cookie = "tollgate.session=" + token;

        assertThat(code(CONTROL.exchange("nobody", "POST", path, body, "Cookie", cookie)))
                .isEqualTo("403 CROSS_ORIGIN");
        assertThat(code(CONTROL.exchange(
                        "nobody", "POST", path, body, "Cookie", cookie, "Origin", "https://evil.example")))
                .isEqualTo("403 CROSS_ORIGIN");
        assertThat(code(CONTROL.exchange(
                        "nobody", "POST", path, body, "Cookie", cookie, "Origin", "null", "Referer", APP + "/team")))
                .isEqualTo("403 CROSS_ORIGIN");
        assertThat(CONTROL.exchange("nobody", "GET", path, "", "Cookie", cookie).statusCode())
                .isEqualTo(200);
        assertThat(CONTROL.exchange("nobody", "POST", path, body, "Cookie", cookie, "Referer", APP + "/team")
                        .statusCode())
                .isEqualTo(201);
        assertThat(CONTROL.exchange(
                                "nobody",
                                "POST",
                                path,
                                "{\"email\":\"another@example.com\"}",
                                "Cookie",
                                cookie,
                                "Origin",
                                "https://console.example.com")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void pagesOfOthersSignNobodyIn() {
        ACCOUNTS.signUp("lured@example.com");

        assertThat(code(ACCOUNTS.post(
                        SIGN_IN, credentials("lured@example.com", PASSWORD), "Origin", "https://evil.example")))
                .isEqualTo("403 CROSS_ORIGIN");
    }

    @Test
    void passwordIsResetByAMailedLinkOnce() {
        String token = ACCOUNTS.signUp("reset@example.com");
        HttpResponse<String> asked = ACCOUNTS.post(
                "/api/auth/forget-password",
                "{\"email\":\"Reset@example.com\",\"redirectTo\":\"https://console.example.com/new\"}");
        assertThat(asked.body()).isEqualTo("{\"status\":true}");
        List<Mail> mails = ACCOUNTS.takeMails("reset@example.com");
        assertThat(mails).hasSize(1);
        assertThat(mails.getFirst().text()).contains("https://console.example.com/new?token=");
        String link = TestAccounts.token(mails.getFirst().text());
        String body = "{\"token\":\"" + link + "\",\"newPassword\":\"another password\"}";

        HttpResponse<String> done = ACCOUNTS.post("/api/auth/reset-password", body);

        assertThat(done.body()).isEqualTo("{\"status\":true}");
        assertThat(session(token)).isEqualTo("null");
        assertThat(signIn("reset@example.com", PASSWORD, "192.0.2.6").statusCode())
                .isEqualTo(401);
        HttpResponse<String> in = signIn("reset@example.com", "another password", "192.0.2.6");
        assertThat(json(in).at("/user/emailVerified").booleanValue()).isTrue();
        assertThat(code(ACCOUNTS.post("/api/auth/reset-password", body))).isEqualTo("400 INVALID_TOKEN");
    }

    @Test
    void linkOfAResetLastsAnHour() {
        ACCOUNTS.signUp("late@example.com");
        ACCOUNTS.post("/api/auth/request-password-reset", "{\"email\":\"late@example.com\"}");
        String mail = ACCOUNTS.takeMails("late@example.com").getFirst().text();
        assertThat(mail).contains(APP + "/reset-password?token=");
        CONTROL.pass(Duration.ofHours(1));

        assertThat(code(ACCOUNTS.post(
                        "/api/auth/reset-password",
                        "{\"token\":\"" + TestAccounts.token(mail) + "\",\"newPassword\":\"another password\"}")))
                .isEqualTo("400 INVALID_TOKEN");
    }

    @Test
    void nobodyLearnsWhoHasAnAccountAndNoMailboxIsFilled() {
        ACCOUNTS.signUp("flooded@example.com");
        String path = "/api/auth/forget-password";

        for (int i = 0; i < 5; i++) {
            assertThat(ACCOUNTS.post(path, "{\"email\":\"flooded@example.com\"}")
                            .body())
                    .isEqualTo(ACCOUNTS.post(path, "{\"email\":\"stranger@example.com\"}")
                            .body());
        }

        assertThat(ACCOUNTS.takeMails("flooded@example.com")).hasSize(3);
        assertThat(ACCOUNTS.takeMails("stranger@example.com")).isEmpty();
    }

    @Test
    void linkOfAResetLeadsToOwnPagesOnly() {
        ACCOUNTS.signUp("phished@example.com");

        assertThat(code(ACCOUNTS.post(
                        "/api/auth/forget-password",
                        "{\"email\":\"phished@example.com\",\"redirectTo\":\"https://evil.example/\"}")))
                .isEqualTo("400 VALIDATION_FAILED");
        assertThat(ACCOUNTS.takeMails("phished@example.com")).isEmpty();
    }

    @Test
    void noOtherProviderVouchesForUsers() {
        assertThat(CONTROL.send("nobody", "GET", "/api/auth/providers", "").text())
                .isEqualTo("{\"github\":false,\"google\":false}");
    }
}
