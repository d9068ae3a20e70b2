package io.tollgate.contract.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MemberRoleTest {
    private static final OrganizationId ACME = new OrganizationId("biz_acme");
    private static final UserId ANN = new UserId("usr_ann");

    /// As published.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            VIEWER | usage:read customers:read billing:read analytics:read
            MEMBER | usage:read customers:read billing:read analytics:read events:write proxy:use customers:write analytics:write
            """)
    void lowerRolesHoldWhatIsPublished(MemberRole role, String words) {
        assertThat(role.permissions().stream().map(Permission::word)).containsExactlyInAnyOrder(words.split(" ", -1));
    }

    @Test
    void higherRolesHoldEverything() {
        assertThat(MemberRole.ADMIN.permissions()).containsExactlyInAnyOrder(Permission.values());
        assertThat(MemberRole.OWNER.permissions()).containsExactlyInAnyOrder(Permission.values());
    }

    @ParameterizedTest
    @EnumSource(MemberRole.class)
    void memberPassesWhereItsRoleHoldsThePermission(MemberRole role) {
        Principal member = new Principal.Member(ANN, ACME, role);

        Set<Permission> passed = Arrays.stream(Permission.values())
                .filter(permission -> passes(member, permission))
                .collect(Collectors.toSet());

        assertThat(passed).isEqualTo(role.permissions());
    }

    private static boolean passes(Principal principal, Permission permission) {
        try {
            return Authority.organization(principal, permission).equals(ACME);
        } catch (Problem e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INSUFFICIENT_PERMISSION);
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({"true,ORGANIZATION_MISMATCH", "false,ORGANIZATION_REQUIRED"})
    void userOutsideAnyOrganizationIsToldWhy(boolean foreign, ErrorCode code) {
        assertThatThrownBy(() -> Authority.organization(new Principal.User(ANN, foreign), Permission.USAGE_READ))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(code));
    }
}
