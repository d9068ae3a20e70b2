package io.tollgate.contract.secret;

import io.tollgate.contract.OrganizationId;

/// Where a sealed secret belongs: the associated data of [SecretBox], for writer and reader alike.
public final class SecretPlace {
    private SecretPlace() {}

    /// The signing secrets of an outbound webhook endpoint.
    public static String webhookEndpoint(OrganizationId organizationId, String endpointId) {
        return organizationId.value() + "/webhook_endpoint/" + endpointId;
    }

    /// An integration credential.
    public static String credential(OrganizationId organizationId, String keyType, String keyName) {
        return organizationId.value() + "/" + keyType + "/" + keyName;
    }

    /// What a mail that waits to be sent says; it can hold a link that signs somebody in.
    public static String mail(String mailId) {
        return "mail/" + mailId;
    }
}
