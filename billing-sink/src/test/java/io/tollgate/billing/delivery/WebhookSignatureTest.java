package io.tollgate.billing.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebhookSignatureTest {
    private static final Instant AT = Instant.ofEpochSecond(1_767_225_600);
    private static final String SECRET = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY";
    private static final byte[] BODY =
            bytes("{\"type\":\"quota.soft_limit\",\"data\":{\"tenant_id\":\"cust_7\",\"meter\":\"api_request\"}}");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void prefixedSecretIsBase64() {
        assertThat(WebhookSignature.sign(List.of(SECRET), "msg_01", AT, BODY))
                .isEqualTo("v1,6mJM7PzXzF7q59zDQtpDsj4o8JP1lDfrWmM5UNOY6bk=");
    }

    @Test
    void otherSecretIsRawText() {
        byte[] body = bytes("{\"type\":\"subscription.canceled\",\"data\":{\"id\":\"sub_9\"}}");

        assertThat(WebhookSignature.sign(List.of("polar_demo_secret"), "wh_1", AT, body))
                .isEqualTo("v1,czPefqV1RlGsCK6ADRH6hdxnjum3Q+4yq3GcVAA6CXA=");
    }

    @Test
    void eachSecretSignsWhileOneIsReplaced() {
        assertThat(WebhookSignature.sign(List.of("whsec_bmV3", SECRET), "msg_01", AT, BODY))
                .matches("v1,\\S+ v1,6mJM7PzXzF7q59zDQtpDsj4o8JP1lDfrWmM5UNOY6bk=");
    }

    @Test
    void prefixedSecretThatIsNoBase64IsRawText() {
        assertThat(WebhookSignature.sign(List.of("whsec_not base64!"), "msg_01", AT, BODY))
                .startsWith("v1,");
    }

    @Test
    void bodyHasTheDocumentedMembers() {
        byte[] body = WebhookBody.of("msg_01", "quota.exceeded", AT, new OrganizationId("biz_1"), "{\"meter\": 1.50}");

        assertThat(new String(body, StandardCharsets.UTF_8))
                .isEqualTo("{\"id\":\"msg_01\",\"type\":\"quota.exceeded\",\"timestamp\":\"2026-01-01T00:00:00Z\","
                        + "\"organization_id\":\"biz_1\",\"data\":{\"meter\": 1.50}}");
    }
}
