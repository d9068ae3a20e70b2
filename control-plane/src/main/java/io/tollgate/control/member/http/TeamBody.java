package io.tollgate.control.member.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.account.EmailAddress;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import java.util.Optional;
import java.util.function.Function;

/// The bodies of team routes.
final class TeamBody {
    private static final String INVALID = "Invalid request body";
    private static final String EMAIL = "email";
    private static final String ROLE = "role";
    private static final String TOKEN = "token";

    private final BodyFields fields;

    TeamBody(HttpRequest<byte[]> request) {
        this.fields = new BodyFields(JsonBody.object(request, INVALID, INVALID));
    }

    record Invited(EmailAddress email, MemberRole role) {}

    Invited invited() {
        fields.require(EMAIL);
        Optional<EmailAddress> email = fields.text(EmailAddress::of, EMAIL);
        Optional<MemberRole> role = fields.chosen(MemberRole::ofWord, MemberRole.words(), ROLE);
        fields.requireRight();
        return new Invited(email.orElseThrow(), role.orElse(MemberRole.MEMBER));
    }

    MemberRole role() {
        fields.require(ROLE);
        Optional<MemberRole> role = fields.chosen(MemberRole::ofWord, MemberRole.words(), ROLE);
        fields.requireRight();
        return role.orElseThrow();
    }

    /// Empty: no invitation has a token of this form.
    Optional<RandomToken> token() {
        fields.require(TOKEN);
        Optional<String> text = fields.text(Function.identity(), TOKEN);
        fields.requireRight();
        return text.flatMap(RandomToken::sent);
    }
}
