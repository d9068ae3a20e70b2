package io.tollgate.ingest.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.tollgate.contract.OrganizationId;
import io.tollgate.ingest.proxy.TargetClient.Reached;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Asks a target's host whether it takes calls on behalf of an organization: its file `/.tracktags.json` or
/// `/.tollgate.json` lists the organizations. What a host said is kept for an hour, that it said nothing for a minute.
/// Blocks while a host is asked; thread-safe.
public final class DomainAuthorization {
    private static final String[] FILES = {"/.tracktags.json", "/.tollgate.json"};
    private static final String ANYBODY = "*";
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int HOSTS_MAX = 10_000;
    private static final int FILE_BYTES_MAX = 100_000;
    private static final Duration ASKED_WITHIN = Duration.ofSeconds(5);
    private static final Duration KEPT = Duration.ofHours(1);
    private static final Duration FAILURE_KEPT = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Whether a host takes part.
    public enum Verdict {
        AUTHORIZED,
        /// Its file does not list the organization, or it has none.
        UNAUTHORIZED,
        /// It cannot be asked.
        UNREACHABLE
    }

    /// What a host said.
    private record Said(boolean reached, Set<String> organizations) {}

    private final TargetClient client;
    private final Cache<String, Said> said = Caffeine.newBuilder()
            .maximumSize(HOSTS_MAX)
            .expireAfter(Expiry.writing((String host, Said what) -> what.reached() ? KEPT : FAILURE_KEPT))
            .build();

    public DomainAuthorization(TargetClient client) {
        this.client = client;
    }

    public Verdict verdict(URI target, OrganizationId organizationId) {
        String host = target.getHost().toLowerCase(Locale.ROOT);
        Said known = said.get(host, this::ask);
        if (!known.reached()) {
            return Verdict.UNREACHABLE;
        }
        return known.organizations().contains(ANYBODY) || known.organizations().contains(organizationId.value())
                ? Verdict.AUTHORIZED
                : Verdict.UNAUTHORIZED;
    }

    private Said ask(String host) {
        boolean reached = false;
        Set<String> organizations = new HashSet<>();
        for (String file : FILES) {
            Reached answer = client.send(
                            URI.create("https://" + host + file), "GET", Map.of(), Optional.empty(), ASKED_WITHIN)
                    .join();
            if (answer instanceof Reached.Answered answered) {
                reached |= answered.status() == OK || answered.status() == NOT_FOUND;
                if (answered.status() == OK && answered.body().length <= FILE_BYTES_MAX) {
                    organizations.addAll(listed(answered.body()));
                }
                answered.room().release();
            }
        }
        return new Said(reached, Set.copyOf(organizations));
    }

    private static Set<String> listed(byte[] file) {
        Set<String> listed = new HashSet<>();
        try {
            for (JsonNode entry : JSON.readTree(file).path("authorized_businesses")) {
                listed.add(entry.asText());
            }
        } catch (IOException e) {
            // What is no JSON lists nobody.
            return Set.of();
        }
        return listed;
    }
}
