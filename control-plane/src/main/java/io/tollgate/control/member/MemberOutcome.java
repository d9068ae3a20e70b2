package io.tollgate.control.member;

/// What became of a change to a member.
public sealed interface MemberOutcome {
    /// @param member as it is now; one that is gone as it was
    record Done(Member member) implements MemberOutcome {}

    record NoMember() implements MemberOutcome {}

    record Refused(MemberRules.Refusal why) implements MemberOutcome {}
}
