package io.tollgate.control.provider.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.net.Webhook;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StripeSignatureTest {
    private static final String SECRET = "whsec_tollgate_demo";
    private static final long AT = 1_767_225_600;
    private static final String BODY =
            "{\"id\":\"evt_90\",\"type\":\"invoice.created\",\"data\":{\"object\":{\"id\":\"in_7\",\"customer\":\"cus_7\"}}}";
    private static final String RIGHT = "ff26529cab48844672dc97b80d6691db779205c4d8120f0e03a37dd7f1016d48";

    /// The worked example that is published with the product.
    @Test
    void thePublishedExampleHolds() throws Exception {
        assertThat(Webhook.Util.computeHmacSha256(SECRET, AT + "." + BODY)).isEqualTo(RIGHT);
        assertThat(verified(BODY, "t=" + AT + ",v1=" + RIGHT, List.of(SECRET), AT))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, quoteCharacter = '`', textBlock = """
            case                             | header                                | seconds later | good
            at once                          | t=1767225600,v1=RIGHT                 | 0             | true
            at the edge of the tolerance     | t=1767225600,v1=RIGHT                 | 300           | true
            too old                          | t=1767225600,v1=RIGHT                 | 301           | false
            wrong signature                  | t=1767225600,v1=WRONG                 | 0             | false
            right one second                 | t=1767225600,v1=WRONG,v1=RIGHT        | 0             | true
            right one first                  | t=1767225600,v1=RIGHT,v1=WRONG        | 0             | true
            another scheme                   | t=1767225600,v0=RIGHT                 | 0             | false
            another scheme beside            | t=1767225600,v0=WRONG,v1=RIGHT        | 0             | true
            signed at another time           | t=1767225601,v1=RIGHT                 | 0             | false
            no time                          | v1=RIGHT                              | 0             | false
            a time that is none              | t=soon,v1=RIGHT                       | 0             | false
            a time beyond all                | t=99999999999999999999,v1=RIGHT       | 0             | false
            no signature                     | t=1767225600                          | 0             | false
            nothing                          | ``                                    | 0             | false
            rubbish                          | =,=,,v1                               | 0             | false
            """)
    void headersAreJudged(String name, String header, long later, boolean good) {
        String sent = header.replace("RIGHT", RIGHT).replace("WRONG", "0".repeat(64));
        assertThat(verified(BODY, sent, List.of(SECRET), AT + later)).as(name).isEqualTo(good);
    }

    @Test
    void anyOfSeveralSecretsMayHaveSigned() {
        String header = "t=" + AT + ",v1=" + RIGHT;
        assertThat(verified(BODY, header, List.of("whsec_old", SECRET), AT)).isTrue();
        assertThat(verified(BODY, header, List.of("whsec_old", "whsec_other"), AT))
                .isFalse();
        assertThat(verified(BODY, header, List.of(), AT)).isFalse();
        assertThat(verified(BODY, header, List.of(""), AT)).isFalse();
    }

    @Test
    void everyByteOfTheBodyCounts() {
        assertThat(verified(BODY + " ", "t=" + AT + ",v1=" + RIGHT, List.of(SECRET), AT))
                .isFalse();
    }

    private static boolean verified(String body, String header, List<String> secrets, long now) {
        return StripeSignature.verified(
                body.getBytes(StandardCharsets.UTF_8),
                header,
                secrets,
                InstantSource.fixed(Instant.ofEpochSecond(now)));
    }
}
