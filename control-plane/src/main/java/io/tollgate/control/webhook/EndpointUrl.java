package io.tollgate.control.webhook;

import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.outbound.TargetVerdict;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;

/// Which URLs an endpoint may have: `https`, or anything that the operator has listed, and at an address that may be
/// reached. A name that is not known now is let through: it is looked up and checked again with every attempt.
///
/// @param names how names are looked up
public record EndpointUrl(OutboundTargets targets, Names names) {
    /// How names are looked up.
    public interface Names {
        List<InetAddress> addresses(String host) throws UnknownHostException;
    }

    /// Throws [IllegalArgumentException] with the rest of a sentence that begins with the field's name.
    public URI parse(String text) {
        if (text.isEmpty() || text.length() > EndpointTerms.URL_LENGTH_MAX) {
            throw new IllegalArgumentException("must have 1 to " + EndpointTerms.URL_LENGTH_MAX + " characters");
        }
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("must be an absolute URL", e);
        }
        require(targets.check(url));
        boolean secure = url.getScheme().toLowerCase(Locale.ROOT).equals("https");
        if (!secure && !targets.lists(url)) {
            throw new IllegalArgumentException("must begin with https://");
        }
        try {
            names.addresses(url.getHost()).forEach(address -> require(targets.check(url, address)));
        } catch (UnknownHostException e) {
            // The first attempt says so, and it may be known by then.
        }
        return url;
    }

    private static void require(TargetVerdict verdict) {
        switch (verdict) {
            case TargetVerdict.Allowed allowed -> {}
            case TargetVerdict.Refused refused -> throw new IllegalArgumentException(refused.why());
        }
    }
}
