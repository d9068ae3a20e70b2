package io.tollgate.control.credential;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.key.KeyName;
import java.time.Instant;

/// A stored credential, without its secrets.
///
/// @param id public id
public record Credential(
        String id, OrganizationId organizationId, CredentialType type, KeyName name, Instant createdAt) {
    /// Most parts of one credential.
    public static final int PARTS_MAX = 20;

    /// Longest name of a part in characters.
    public static final int PART_NAME_LENGTH_MAX = 100;

    /// Longest part in characters; a JSON web token is far shorter.
    public static final int PART_LENGTH_MAX = 8_192;
}
