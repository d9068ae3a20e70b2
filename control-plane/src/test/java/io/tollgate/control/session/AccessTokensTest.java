package io.tollgate.control.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Principal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTokensTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final AccessTokens TOKENS = of("secret");
    private static final Principal.Member MEMBER =
            new Principal.Member(new UserId("usr_1"), new OrganizationId("biz_ü"), MemberRole.VIEWER);

    private static AccessTokens of(String secret) {
        return new AccessTokens(secret.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void anyInstanceWithTheSecretReadsWhatOneHasSaid() {
        AccessTokens.Issued issued = TOKENS.issue(MEMBER, NOW);

        assertThat(issued.token()).startsWith("tgs_").matches("[A-Za-z0-9_.-]{1,512}");
        assertThat(issued.expiresAt()).isEqualTo(NOW.plusSeconds(300));
        assertThat(of("secret").read(issued.token(), NOW)).contains(MEMBER);
        assertThat(of("another secret").read(issued.token(), NOW)).isEmpty();
    }

    @Test
    void tokenEndsAfterThreeHundredSeconds() {
        String token = TOKENS.issue(MEMBER, NOW).token();

        assertThat(TOKENS.read(token, NOW.plus(Duration.ofSeconds(300)).minusNanos(1)))
                .isPresent();
        assertThat(TOKENS.read(token, NOW.plus(Duration.ofSeconds(300)))).isEmpty();
    }

    /// A viewer who makes an owner of itself breaks the signature.
    @Test
    void whatIsSaidCannotBeChanged() {
        String token = TOKENS.issue(MEMBER, NOW).token();
        String said = token.substring("tgs_".length(), token.indexOf('.'));
        String changed =
                new String(Base64.getUrlDecoder().decode(said), StandardCharsets.UTF_8).replace("VIEWER", "OWNER");
        String forged = "tgs_"
                + Base64.getUrlEncoder().withoutPadding().encodeToString(changed.getBytes(StandardCharsets.UTF_8))
                + token.substring(token.indexOf('.'));

        assertThat(changed).contains("OWNER");
        assertThat(TOKENS.read(forged, NOW)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tgs_", "tgs_.", "tgs_a.b", "tgs_ä.ü", "tgs_YQ.YQ", "x.y"})
    void otherTextsStandForNobody(String text) {
        assertThat(TOKENS.read(text, NOW)).isEmpty();
    }
}
