package io.tollgate.control.credential;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.key.KeyName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The credentials of all organizations. Each change is audited under its actor, without what it stores. Thread-safe.
public interface Credentials {
    /// Most active credentials of one organization and type: two, so that one can be replaced without a gap.
    int ACTIVE_MAX = 2;

    /// Whether there is an encryption key. Without one nothing is stored and nothing opened.
    boolean configured();

    CredentialStorage create(
            Actor actor, OrganizationId organizationId, CredentialType type, KeyName name, Map<String, String> parts);

    /// As [#create], and a credential of this type and name is replaced.
    CredentialStorage put(
            Actor actor, OrganizationId organizationId, CredentialType type, KeyName name, Map<String, String> parts);

    /// Replaces the parts of a credential; answers false if there is none.
    boolean update(
            Actor actor, OrganizationId organizationId, CredentialType type, KeyName name, Map<String, String> parts);

    /// Newest first.
    List<Credential> active(OrganizationId organizationId);

    Optional<Credential> find(OrganizationId organizationId, CredentialType type, KeyName name);

    /// The credentials of a type with their parts, newest first.
    List<OpenCredential> open(OrganizationId organizationId, CredentialType type);

    /// Erases the credential; answers false if there is none.
    boolean delete(Actor actor, OrganizationId organizationId, CredentialType type, KeyName name);
}
