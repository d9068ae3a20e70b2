package io.tollgate.server.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// The API's description as OpenAPI, and a page to browse and try it.
@Controller
final class DocumentationController {
    private static final String POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
            + " frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    private final String yaml;
    private final String json;

    DocumentationController() {
        this.yaml = resource("/openapi.yaml");
        try {
            Map<String, Object> tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
            this.json = new ObjectMapper().writeValueAsString(tree);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Get("/openapi")
    @Produces(MediaType.APPLICATION_JSON)
    String openapi() {
        return json;
    }

    @Get("/openapi.json")
    @Produces(MediaType.APPLICATION_JSON)
    String openapiJson() {
        return json;
    }

    @Get("/openapi.yaml")
    @Produces("application/yaml")
    String openapiYaml() {
        return yaml;
    }

    @Get("/docs")
    HttpResponse<String> docs() {
        return HttpResponse.ok(resource("/docs/index.html"))
                .contentType(MediaType.TEXT_HTML_TYPE)
                .header("Content-Security-Policy", POLICY);
    }

    @Get("/docs/start.js")
    @Produces("text/javascript")
    String script() {
        return resource("/docs/start.js");
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(
                DocumentationController.class.getResourceAsStream(name), name + " is not in the jar")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
