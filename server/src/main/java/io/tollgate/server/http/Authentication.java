package io.tollgate.server.http;

import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.key.KeyUses;
import io.tollgate.control.session.AccessTokens;
import io.tollgate.quota.definition.Definitions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Who calls, told from headers alone: the admin key first; if it is absent or wrong, `Authorization` decides. Keys are
/// looked up in memory by the SHA-256 of their text, access tokens checked by their signature. Thread-safe.
public final class Authentication {
    private static final String BEARER = "bearer ";
    private static final int KEY_LENGTH_MAX = 512;
    private static final String[] KEY_PREFIXES = {"tk_live_", "ck_live_", "usa_", AccessTokens.PREFIX};

    private final Optional<byte[]> adminKeyHash;
    private final Definitions definitions;
    private final KeyUses uses;
    private final AccessTokens tokens;
    private final InstantSource clock;

    /// @param adminKey unset: no key is the admin's
    /// @param uses is told which keys are used
    public Authentication(
            Optional<String> adminKey,
            Definitions definitions,
            KeyUses uses,
            AccessTokens tokens,
            InstantSource clock) {
        this.adminKeyHash = adminKey.map(Authentication::sha256);
        this.definitions = definitions;
        this.uses = uses;
        this.tokens = tokens;
        this.clock = clock;
    }

    /// @throws Problem 503 if keys cannot be told valid or not, because the definitions have not been confirmed for too
    /// long
    ///
    /// @param client address the request comes from
    /// @param gateway whether gateways serve the route
    public Principal principal(
            @Nullable String adminKey,
            @Nullable String authorization,
            Supplier<String> client,
            BooleanSupplier gateway) {
        // Comparing digests takes the same time whatever was sent.
        if (adminKey != null
                && adminKeyHash.isPresent()
                && MessageDigest.isEqual(adminKeyHash.get(), sha256(adminKey))) {
            return new Principal.Admin();
        }
        if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return new Principal.Nobody("Missing or invalid Authorization header");
        }
        String key = authorization.substring(BEARER.length());
        if (key.isEmpty() || key.length() > KEY_LENGTH_MAX || !knownPrefix(key)) {
            return new Principal.Nobody("Invalid key format");
        }
        if (!definitions.trusted()) {
            throw Problem.of(
                            ErrorCode.LOG_UNAVAILABLE,
                            "Keys cannot be checked: this gateway has not reached the log for too long.")
                    .retryAfter(1);
        }
        return key.startsWith(AccessTokens.PREFIX) ? ofToken(key, gateway) : ofKey(key, client);
    }

    // Only gateways need tokens. Elsewhere the session itself is taken: somebody who was just removed must not make
    // keys for as long as a token lasts. An organization that was deleted is unknown here at once.
    private Principal ofToken(String token, BooleanSupplier gateway) {
        return tokens.read(token, clock.instant())
                .filter(member -> gateway.getAsBoolean())
                .filter(member -> definitions.zone(member.organizationId()).isPresent())
                .<Principal>map(member -> member)
                .orElseGet(Authentication::invalid);
    }

    private Principal ofKey(String key, Supplier<String> client) {
        return definitions
                .key(HexFormat.of().formatHex(sha256(key)))
                .filter(grant -> grant.allowedFrom().admit(client))
                .map(Definitions.KeyGrant::principal)
                .map(this::used)
                .orElseGet(Authentication::invalid);
    }

    private static Principal invalid() {
        return new Principal.Nobody("Invalid key");
    }

    private Principal used(Principal principal) {
        switch (principal) {
            case Principal.Organization key -> uses.used(key.keyId());
            case Principal.Scoped key -> uses.used(key.keyId());
            case Principal.Tenant key -> uses.used(key.keyId());
            case Principal.Member member -> {}
            case Principal.User user -> {}
            case Principal.Admin admin -> {}
            case Principal.Nobody nobody -> {}
        }
        return principal;
    }

    private static boolean knownPrefix(String key) {
        for (String prefix : KEY_PREFIXES) {
            if (key.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
