package io.tollgate.control.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.access.MemberRole;
import io.tollgate.control.member.MemberRules.Refusal;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemberRulesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
            actor  | before | after  | owners | refusal
            ADMIN  | VIEWER | ADMIN  | 1      | -
            ADMIN  | ADMIN  | MEMBER | 1      | -
            ADMIN  | MEMBER | OWNER  | 1      | OWNERS_ONLY
            ADMIN  | OWNER  | MEMBER | 2      | OWNERS_ONLY
            ADMIN  | OWNER  | OWNER  | 2      | OWNERS_ONLY
            OWNER  | MEMBER | OWNER  | 1      | -
            OWNER  | OWNER  | ADMIN  | 2      | -
            OWNER  | OWNER  | ADMIN  | 1      | LAST_OWNER
            OWNER  | OWNER  | OWNER  | 1      | -
            MEMBER | VIEWER | VIEWER | 1      | POWERLESS
            VIEWER | MEMBER | VIEWER | 1      | POWERLESS
            """)
    void roleChanges(MemberRole actor, MemberRole before, MemberRole after, int owners, Refusal refusal) {
        assertThat(MemberRules.roleChange(actor, before, after, owners)).isEqualTo(Optional.ofNullable(refusal));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
            actor  | before | owners | refusal
            ADMIN  | ADMIN  | 1      | -
            ADMIN  | OWNER  | 2      | OWNERS_ONLY
            OWNER  | OWNER  | 2      | -
            OWNER  | OWNER  | 1      | LAST_OWNER
            MEMBER | VIEWER | 1      | POWERLESS
            """)
    void removals(MemberRole actor, MemberRole before, int owners, Refusal refusal) {
        assertThat(MemberRules.removal(actor, before, owners)).isEqualTo(Optional.ofNullable(refusal));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
            actor  | invited | refusal
            ADMIN  | ADMIN   | -
            ADMIN  | OWNER   | OWNERS_ONLY
            OWNER  | OWNER   | -
            MEMBER | VIEWER  | POWERLESS
            """)
    void invitations(MemberRole actor, MemberRole invited, Refusal refusal) {
        assertThat(MemberRules.invitation(actor, invited)).isEqualTo(Optional.ofNullable(refusal));
    }
}
