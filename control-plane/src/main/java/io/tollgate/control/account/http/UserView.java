package io.tollgate.control.account.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.control.account.User;

/// A user as answers show one.
public final class UserView {
    private UserView() {}

    /// To the user.
    static ObjectNode own(User user) {
        return brief(user)
                .put("emailVerified", user.emailVerified())
                .put("createdAt", user.createdAt().toString())
                .put("updatedAt", user.updatedAt().toString());
    }

    /// To other members.
    public static ObjectNode brief(User user) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", user.id().value())
                .put("name", user.name())
                .put("email", user.email().value())
                .put("image", user.image().orElse(null));
    }
}
