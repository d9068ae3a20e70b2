package io.tollgate.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpRequest;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Networks;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressGuardFilterTest {
    private static final UserId USER = new UserId("usr_00000000000000000000000000");
    private static final Principal NOBODY = new Principal.Nobody("Not authenticated");
    private static final Principal SOMEBODY = new Principal.User(USER, false);

    private final AddressGuardFilter filter =
            new AddressGuardFilter(new AddressGuard(() -> Instant.EPOCH), new ClientAddress(Networks.parse(List.of())));

    private static HttpRequest<?> request(Principal principal, HttpMethod method, String host, String path) {
        MutableHttpRequest<?> request = HttpRequest.create(method, "http://" + host + path);
        request.setAttribute(Authority.PRINCIPAL_ATTRIBUTE, principal);
        return request;
    }

    private void send(int requests, Principal principal, HttpMethod method, String host, String path) {
        for (int i = 0; i < requests; i++) {
            filter.check(request(principal, method, host, path));
        }
    }

    private void refuses(HttpRequest<?> request) {
        Problem problem = catchThrowableOfType(Problem.class, () -> filter.check(request));
        assertThat(problem).isNotNull();
        assertThat(problem.code()).isEqualTo(ErrorCode.IP_BANNED);
    }

    @ParameterizedTest
    @CsvSource({"/api/auth/sign-in/email", "/api/auth/sign-up/email", "/api/auth/forget-password"})
    void sessionOfOnesOwnIsNoPassToGuessAnothersPassword(String path) {
        send(AddressGuard.REQUESTS_MAX, SOMEBODY, HttpMethod.POST, "203.0.113.9", path);

        refuses(request(SOMEBODY, HttpMethod.POST, "203.0.113.9", path));
    }

    @Test
    void requestsWithACredentialAreNotCountedElsewhere() {
        Principal member = new Principal.Member(
                USER, new OrganizationId("00000000-0000-4000-8000-000000000001"), MemberRole.VIEWER);
        send(AddressGuard.REQUESTS_MAX + 1, member, HttpMethod.POST, "203.0.113.9", "/api/v1/tenants");
        send(AddressGuard.REQUESTS_MAX + 1, SOMEBODY, HttpMethod.GET, "203.0.113.9", "/api/auth/get-session");

        assertThatCode(() -> filter.check(request(NOBODY, HttpMethod.GET, "203.0.113.9", "/api/v1/tenants")))
                .doesNotThrowAnyException();
    }

    @Test
    void addressesOfOneNetworkAreOneClient() {
        send(AddressGuard.REQUESTS_MAX / 2, NOBODY, HttpMethod.GET, "[2001:db8::1]", "/api/v1/tenants");
        send(AddressGuard.REQUESTS_MAX / 2, NOBODY, HttpMethod.GET, "[2001:db8::ffff:0:0:2]", "/api/v1/tenants");

        refuses(request(NOBODY, HttpMethod.GET, "[2001:db8::3]", "/api/v1/tenants"));
        assertThatCode(() -> filter.check(request(NOBODY, HttpMethod.GET, "[2001:db8:0:1::1]", "/api/v1/tenants")))
                .doesNotThrowAnyException();
    }
}
