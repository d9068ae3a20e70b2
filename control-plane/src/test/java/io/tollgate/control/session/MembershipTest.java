package io.tollgate.control.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Principal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private static final UserId USER = new UserId("usr_1");
    private static final OrganizationId ACME = new OrganizationId("biz_acme");
    private static final Membership IN_ACME = new Membership(ACME, MemberRole.ADMIN);
    private static final Membership ELSEWHERE = new Membership(new OrganizationId("biz_other"), MemberRole.OWNER);

    @Test
    void userActsInTheOrganizationThatIsNamedOrInTheOnlyOne() {
        Principal member = new Principal.Member(USER, ACME, MemberRole.ADMIN);

        assertThat(Membership.acting(USER, Optional.of(ACME), List.of(IN_ACME))).isEqualTo(member);
        assertThat(Membership.acting(USER, Optional.empty(), List.of(IN_ACME))).isEqualTo(member);
    }

    @Test
    void nothingIsChosenAmongSeveralOrganizations() {
        assertThat(Membership.acting(USER, Optional.empty(), List.of(IN_ACME, ELSEWHERE)))
                .isEqualTo(new Principal.User(USER, false));
        assertThat(Membership.acting(USER, Optional.empty(), List.of())).isEqualTo(new Principal.User(USER, false));
    }

    @Test
    void organizationOfOthersIsForeign() {
        assertThat(Membership.acting(USER, Optional.of(ACME), List.of())).isEqualTo(new Principal.User(USER, true));
    }
}
