package io.tollgate.control.account.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.account.EmailAddress;
import io.tollgate.control.account.Password;
import io.tollgate.control.account.SignIn;
import io.tollgate.control.account.SignIns;
import io.tollgate.control.account.User;
import io.tollgate.control.account.Users;
import io.tollgate.control.session.OwnOrigins;
import io.tollgate.control.session.Session;
import io.tollgate.control.session.Sessions;
import io.tollgate.control.session.http.SessionCookie;
import io.tollgate.http.Answers;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/// Accounts with an e-mail address and a password, under `/api/auth`. These routes make and end sessions, so they find
/// out by themselves whose session is presented.
@Controller("/api/auth")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class AccountController {
    private static final String INVALID = "Invalid request body";
    private static final int BUSY_RETRY_SECONDS = 1;
    private static final String RESET_PATH = "/reset-password";

    /// Longest address of a page that a link may lead to.
    private static final int REDIRECT_LENGTH_MAX = 2_000;

    private final SignIns signIns;
    private final Users users;
    private final Sessions sessions;
    private final SessionCookie cookies;
    private final OwnOrigins origins;
    private final ClientAddresses clients;
    private final InstantSource clock;

    public AccountController(
            SignIns signIns,
            Users users,
            Sessions sessions,
            SessionCookie cookies,
            OwnOrigins origins,
            ClientAddresses clients,
            InstantSource clock) {
        this.signIns = signIns;
        this.users = users;
        this.sessions = sessions;
        this.cookies = cookies;
        this.origins = origins;
        this.clients = clients;
        this.clock = clock;
    }

    /// None vouches for users yet.
    @Get("/providers")
    HttpResponse<byte[]> providers(HttpRequest<?> request) {
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance.objectNode().put("github", false).put("google", false));
    }

    @Post("/sign-up/email")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> signUp(HttpRequest<byte[]> request) {
        BodyFields fields = fields(request);
        fields.require("email");
        fields.require("password");
        fields.require("name");
        Optional<EmailAddress> email = fields.text(EmailAddress::of, "email");
        Optional<Password> password = fields.text(Password::chosen, "password");
        Optional<String> name = fields.text(User::requireName, "name");
        fields.requireRight();
        SignIn outcome = signIns.signUp(
                email.orElseThrow(), password.orElseThrow(), name.orElseThrow(), Answers.requestId(request));
        return answer(outcome, JsonNodeFactory.instance.objectNode());
    }

    @Post("/sign-in/email")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> signIn(HttpRequest<byte[]> request) {
        BodyFields fields = fields(request);
        fields.require("email");
        fields.require("password");
        Optional<EmailAddress> email = fields.text(EmailAddress::of, "email");
        Optional<Password> password = fields.text(Password::typed, "password");
        fields.requireRight();
        SignIn outcome = signIns.signIn(email.orElseThrow(), password.orElseThrow(), clients.of(request));
        return answer(outcome, JsonNodeFactory.instance.objectNode().put("redirect", false));
    }

    private HttpResponse<byte[]> answer(SignIn outcome, ObjectNode body) {
        return switch (outcome) {
            case SignIn.SignedIn in -> {
                body.put("token", in.token().reveal()).set("user", UserView.own(in.user()));
                yield Answers.secret(cookies.set(Answers.json(HttpStatus.OK, body), in.token()));
            }
            case SignIn.AlreadyExists exists ->
                throw Problem.of(ErrorCode.USER_ALREADY_EXISTS, "An account with this e-mail address exists.");
            case SignIn.WrongCredentials wrong ->
                throw Problem.of(ErrorCode.INVALID_EMAIL_OR_PASSWORD, "Invalid email or password");
            case SignIn.TooMany tooMany ->
                throw Problem.of(
                                ErrorCode.RATE_LIMIT_EXCEEDED,
                                "Too many attempts to sign in have failed; try again later.")
                        .retryAfter(secondsUntil(tooMany.until()));
            case SignIn.Busy busy -> throw busy();
        };
    }

    private int secondsUntil(Instant until) {
        return Math.toIntExact(Duration.between(clock.instant(), until).toSeconds() + 1);
    }

    @Post("/sign-out")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> signOut(HttpRequest<?> request) {
        SessionCookie.of(request).ifPresent(presented -> {
            cookies.requireOwnPage(request, presented);
            sessions.end(presented.token());
        });
        MutableHttpResponse<byte[]> answer = Answers.json(
                HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
        return Answers.secret(cookies.clear(answer));
    }

    @Get("/get-session")
    HttpResponse<byte[]> session(HttpRequest<?> request) {
        Optional<ObjectNode> shown = SessionCookie.of(request)
                .flatMap(presented -> sessions.use(presented.token()))
                .map(Sessions.Used::session)
                .flatMap(session -> users.find(session.userId()).map(user -> view(session, user)));
        return Answers.secret(
                shown.isPresent()
                        ? Answers.json(HttpStatus.OK, shown.get())
                        : Answers.json(HttpStatus.OK, NullNode.getInstance()));
    }

    private static ObjectNode view(Session session, User user) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("session")
                .put("id", session.id().toString())
                .put("userId", session.userId().value())
                .put("expiresAt", session.expiresAt().toString());
        body.set("user", UserView.own(user));
        return body;
    }

    @Post("/forget-password")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> forgetPassword(HttpRequest<byte[]> request) {
        return mailReset(request);
    }

    /// As `forget-password`, by its other published name.
    @Post("/request-password-reset")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> requestReset(HttpRequest<byte[]> request) {
        return mailReset(request);
    }

    private HttpResponse<byte[]> mailReset(HttpRequest<byte[]> request) {
        BodyFields fields = fields(request);
        fields.require("email");
        Optional<EmailAddress> email = fields.text(EmailAddress::of, "email");
        Optional<String> redirectTo = fields.text(this::ownPage, "redirectTo");
        fields.requireRight();
        Function<RandomToken, String> link = token -> redirectTo
                .flatMap(page -> origins.chosenLink(page, token.reveal()))
                .orElseGet(() -> origins.link(RESET_PATH, token.reveal()));
        signIns.mailReset(email.orElseThrow(), link);
        return status();
    }

    private String ownPage(String address) {
        if (address.length() > REDIRECT_LENGTH_MAX
                || origins.chosenLink(address, "").isEmpty()) {
            throw new IllegalArgumentException("must be a page of APP_URL or CORS_ALLOWED_ORIGINS");
        }
        return address;
    }

    @Post("/reset-password")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> reset(HttpRequest<byte[]> request) {
        BodyFields fields = fields(request);
        fields.require("token");
        fields.require("newPassword");
        Optional<String> text = fields.text(Function.identity(), "token");
        Optional<Password> password = fields.text(Password::chosen, "newPassword");
        fields.requireRight();
        RandomToken token = text.flatMap(RandomToken::sent).orElseThrow(AccountController::invalidToken);
        return switch (signIns.reset(token, password.orElseThrow(), Answers.requestId(request))) {
            case DONE -> status();
            case INVALID -> throw invalidToken();
            case BUSY -> throw busy();
        };
    }

    private static HttpResponse<byte[]> status() {
        return Answers.secret(Answers.json(
                HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("status", true)));
    }

    private BodyFields fields(HttpRequest<byte[]> request) {
        cookies.refuseForeignPage(request);
        return new BodyFields(JsonBody.businessObject(request, INVALID));
    }

    private static Problem invalidToken() {
        return Problem.of(ErrorCode.INVALID_TOKEN, "The link is unknown, used or too old.");
    }

    private static Problem busy() {
        return Problem.of(ErrorCode.OVERLOADED, "Too many people sign in at the moment; try again.")
                .retryAfter(BUSY_RETRY_SECONDS);
    }
}
