package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// A caller with curl's manners: one request, one answer, nothing tried again.
record Api(String url, String header, String credential) {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final ObjectMapper JSON = new ObjectMapper();

    /// @param position where what was written lies in the log; empty if the answer does not say
    record Answer(int status, JsonNode body, boolean stale, String position) {}

    static Api admin(String url, String key) {
        return new Api(url, "X-Admin-Key", key);
    }

    Api withKey(String key) {
        return new Api(url, "Authorization", "Bearer " + key);
    }

    Api at(String otherUrl) {
        return new Api(otherUrl, header, credential);
    }

    /// Makes an organization and answers a caller with its key.
    Api newOrganization(String name) throws IOException, InterruptedException {
        JsonNode organization = post(
                        "/api/v1/businesses",
                        "{\"business_name\":\"" + name + "\",\"email\":\"" + name + "@example.com\"}")
                .body();
        Answer key = post(
                "/api/v1/businesses/" + organization.path("business_id").asText() + "/keys",
                "{\"key_type\":\"business\",\"key_name\":\"test\"}");
        assertThat(key.status()).isEqualTo(201);
        return withKey(key.body().path("api_key").asText());
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    /// Demands that the answer includes what an answer gave as its position.
    Answer getAfter(String position, String path) throws IOException, InterruptedException {
        return send(request(path).header("Tollgate-After", position).GET());
    }

    Answer post(String path, String body) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer put(String path, String body) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(30))
                .header(header, credential);
    }

    private static Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(
                answer.statusCode(),
                JSON.readTree(answer.body()),
                answer.headers().firstValue("Tollgate-Stale").isPresent(),
                answer.headers().firstValue("Tollgate-Position").orElse(""));
    }
}
