package io.tollgate.control.account.http;

import static io.tollgate.control.fixture.TestAccounts.APP;
import static io.tollgate.control.fixture.TestAccounts.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.UserId;
import io.tollgate.contract.mail.Mail;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.account.EmailAddress;
import io.tollgate.control.account.Password;
import io.tollgate.control.account.PasswordHashing;
import io.tollgate.control.account.SignIn;
import io.tollgate.control.account.SignInFailures;
import io.tollgate.control.account.SignIns;
import io.tollgate.control.fixture.TestAccounts;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.session.postgres.PostgresSessions;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountRoutesIT {
    private static final TestAccounts ACCOUNTS = new TestAccounts(Instant.parse("2026-11-22T10:00:00Z"));
    private static final TestControl CONTROL = ACCOUNTS.control();
    private static final String SIGN_IN = "/api/auth/sign-in/email";
    private static final HexFormat HEX = HexFormat.of();
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
        String session = ACCOUNTS.signUp("stored@example.com");
        ACCOUNTS.ownedBy(session);
        ACCOUNTS.post("/api/auth/forget-password", "{\"email\":\"stored@example.com\"}");
        String reset = TestAccounts.token(
                ACCOUNTS.takeMails("stored@example.com").getFirst().text());
        String invitation = TestAccounts.token(
                ACCOUNTS.as(session, "POST", "/api/v1/team/invitations", "{\"email\":\"stored-guest@example.com\"}")
                        .text());

        List<String> rows = CONTROL.jdbi()
                .withHandle(
                        handle -> handle.createQuery("""
                                SELECT s::text FROM sessions s UNION ALL SELECT a::text FROM accounts a
                                UNION ALL SELECT u::text FROM users u UNION ALL SELECT l::text FROM audit_logs l
                                UNION ALL SELECT v::text FROM verifications v UNION ALL SELECT i::text FROM invitations i
                                """).mapTo(String.class).list());

        assertThat(rows).noneMatch(row -> row.contains(PASSWORD));
        for (String token : List.of(session, reset, invitation)) {
            // Rows show bytes as digits: those of the text, and those that the text stands for.
            String written = HEX.formatHex(token.getBytes(StandardCharsets.US_ASCII));
            String meant = HEX.formatHex(Base64.getUrlDecoder().decode(token));
            assertThat(rows)
                    .noneMatch(row -> row.contains(token) || row.contains(written) || row.contains(meant))
                    .anyMatch(row -> row.contains(hash(token)));
        }
    }

    private static String hash(String token) {
        return HEX.formatHex(RandomToken.sent(token).orElseThrow().hash());
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
    void addressesOfOneNetworkAreOnePlace() {
        ACCOUNTS.signUp("hopped@example.com");
        for (int i = 0; i < 10; i++) {
            assertThat(signIn("hopped@example.com", "wrong", "2001:db8::" + i).statusCode())
                    .isEqualTo(401);
        }

        assertThat(signIn("hopped@example.com", PASSWORD, "2001:db8::ffff:0:0:1")
                        .statusCode())
                .isEqualTo(429);
        assertThat(signIn("hopped@example.com", PASSWORD, "2001:db8:0:1::1").statusCode())
                .isEqualTo(200);
    }

    @Test
    void guessesAtOnceAreCountedOneByOne() throws Exception {
        ACCOUNTS.signUp("guessed@example.com");

        List<Integer> answered = new ArrayList<>();
        while (answered.size() <= 10) {
            // On a slow machine some get no turn in time; nothing of theirs is compared or counted.
            TestControl.concurrently(
                            16,
                            () -> signIn("guessed@example.com", "wrong", "192.0.2.70")
                                    .statusCode())
                    .stream()
                    .filter(status -> status != 503)
                    .forEach(answered::add);
        }

        assertThat(answered).filteredOn(status -> status == 401).hasSize(10);
        assertThat(answered).filteredOn(status -> status == 429).hasSize(answered.size() - 10);
    }

    @Test
    void whoGetsNoTurnHasGuessedNothing() {
        ACCOUNTS.signUp("patient@example.com");
        PasswordHashing noTurns = new PasswordHashing() {
            @Override
            public <T> Optional<T> inTurn(Function<Turn, T> work) {
                return Optional.empty();
            }
        };
        SignIns busy = new SignIns(ACCOUNTS.users(), noTurns);

        for (int i = 0; i <= SignInFailures.FAILURES_MAX; i++) {
            assertThat(busy.signIn(EmailAddress.of("patient@example.com"), Password.typed("wrong"), "192.0.2.71"))
                    .isEqualTo(new SignIn.Busy());
        }

        assertThat(signIn("patient@example.com", PASSWORD, "192.0.2.71").statusCode())
                .isEqualTo(200);
    }

    /// Whoever resets a password to keep somebody out does keep them out.
    @Test
    void passwordThatIsResetWhileItIsComparedSignsNobodyIn() {
        String userId = ACCOUNTS.userId(ACCOUNTS.signUp("overtaken@example.com"));
        ACCOUNTS.post("/api/auth/forget-password", "{\"email\":\"overtaken@example.com\"}");
        String link = TestAccounts.token(
                ACCOUNTS.takeMails("overtaken@example.com").getFirst().text());
        SignIns signIns = new SignIns(
                ACCOUNTS.users(), new Resetting(RandomToken.sent(link).orElseThrow()));

        SignIn outcome =
                signIns.signIn(EmailAddress.of("overtaken@example.com"), Password.typed(PASSWORD), "192.0.2.72");

        assertThat(outcome).isEqualTo(new SignIn.WrongCredentials());
        int sessions = CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT count(*) FROM sessions WHERE user_id = :id")
                        .bind("id", userId)
                        .mapTo(Integer.class)
                        .one());
        assertThat(sessions).isZero();
    }

    /// Finds that the password is right, and resets it at once.
    private record Resetting(RandomToken link) implements PasswordHashing, PasswordHashing.Turn {
        @Override
        public <T> Optional<T> inTurn(Function<Turn, T> work) {
            return Optional.of(work.apply(this));
        }

        @Override
        public String hash(Password password) {
            throw new UnsupportedOperationException("nothing is hashed");
        }

        @Override
        public boolean matches(Password password, Optional<String> hash) {
            assertThat(ACCOUNTS.users().reset(link, "a hash of another password", Optional.empty()))
                    .isTrue();
            return true;
        }
    }

    @Test
    void resetWaitsForWhoIsSigningInAndEndsTheSession() throws Exception {
        String userId = ACCOUNTS.userId(ACCOUNTS.signUp("overtaking@example.com"));
        ACCOUNTS.post("/api/auth/forget-password", "{\"email\":\"overtaking@example.com\"}");
        String link = TestAccounts.token(
                ACCOUNTS.takeMails("overtaking@example.com").getFirst().text());
        RandomToken token = RandomToken.made(new SecureRandom());

        HttpResponse<String> reset = CONTROL.overtaken(
                handle -> handle.execute("SELECT FROM accounts WHERE user_id = ? FOR SHARE", userId),
                handle -> PostgresSessions.open(
                        handle, new UserId(userId), token, CONTROL.changes().now()),
                () -> ACCOUNTS.post(
                        "/api/auth/reset-password",
                        "{\"token\":\"" + link + "\",\"newPassword\":\"another password\"}"));

        assertThat(reset.statusCode()).as(reset.body()).isEqualTo(200);
        assertThat(session(token.reveal())).isEqualTo("null");
    }

    @Test
    void attemptFindsItsPlaceForgottenMeanwhile() throws Exception {
        ACCOUNTS.signUp("forgotten@example.com");
        signIn("forgotten@example.com", "wrong", "192.0.2.73");

        HttpResponse<String> answer = CONTROL.overtaken(
                handle -> handle.execute("SELECT FROM sign_in_failures FOR UPDATE"),
                handle -> handle.execute("DELETE FROM sign_in_failures"),
                () -> signIn("forgotten@example.com", "wrong", "192.0.2.73"));

        assertThat(code(answer)).isEqualTo("401 INVALID_EMAIL_OR_PASSWORD");
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
    void howeverMuchIsOldAllOfItIsForgotten() {
        String token = ACCOUNTS.signUp("purged@example.com");
        String organization = ACCOUNTS.ownedBy(token).value();
        String user = ACCOUNTS.userId(token);
        // More than one transaction deletes.
        String many = "FROM generate_series(1, 10001) n, LATERAL (VALUES ('epoch'::timestamptz)) long (ago)";
        CONTROL.jdbi().useHandle(handle -> {
            handle.execute("INSERT INTO sign_in_failures SELECT sha256(n::text::bytea), '{}', ago " + many);
            handle.execute(
                    "INSERT INTO verifications SELECT sha256(n::text::bytea), ?, 'reset-password', ago, ago " + many,
                    user);
            handle.execute(
                    "INSERT INTO sessions SELECT gen_random_uuid(), sha256(n::text::bytea), ?, ago, ago, ago " + many,
                    user);
            handle.execute(
                    "INSERT INTO invitations SELECT gen_random_uuid(), ?, n || '@example.com', 'VIEWER',"
                            + " sha256(n::text::bytea), ago, ago " + many,
                    organization);
            handle.execute("INSERT INTO mails SELECT gen_random_uuid(), '', 'pending', 0, ago, NULL, ago, ago " + many);
        });

        ACCOUNTS.purge();

        List<Integer> left = CONTROL.jdbi()
                .withHandle(
                        handle -> handle.createQuery("""
                                SELECT count(*) FROM sign_in_failures WHERE last_at = 'epoch'
                                UNION ALL SELECT count(*) FROM verifications WHERE expires_at = 'epoch'
                                UNION ALL SELECT count(*) FROM sessions WHERE expires_at = 'epoch'
                                UNION ALL SELECT count(*) FROM invitations WHERE expires_at = 'epoch'
                                UNION ALL SELECT count(*) FROM mails WHERE expires_at = 'epoch'
                                """).mapTo(Integer.class).list());
        assertThat(left).containsExactly(0, 0, 0, 0, 0);
        assertThat(session(token)).contains("purged@example.com");
    }

    @Test
    void noOtherProviderVouchesForUsers() {
        assertThat(CONTROL.send("nobody", "GET", "/api/auth/providers", "").text())
                .isEqualTo("{\"github\":false,\"google\":false}");
    }
}
