package io.tollgate.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
    private static final List<Class<? extends Annotation>> ROUTES =
            List.of(Get.class, Post.class, Put.class, Patch.class, Delete.class);

    /// A route that is not described is not found by its users, and a description without a route is a lie.
    @Test
    void everyRouteIsDescribedAndEveryDescriptionIsARoute() throws IOException {
        assertThat(described()).isEqualTo(served());
    }

    @Test
    void everyOperationHasASummaryAndAnswers() throws IOException {
        paths().forEach((path, item) -> operations(item)
                .forEach((method, operation) ->
                        assertThat(operation).as("%s %s", method, path).containsKeys("summary", "responses", "tags")));
    }

    private static Set<String> described() throws IOException {
        Set<String> routes = new TreeSet<>();
        paths().forEach((path, item) ->
                operations(item).keySet().forEach(method -> routes.add(method.toUpperCase(Locale.ROOT) + " " + path)));
        return routes;
    }

    private static Map<String, Map<String, Object>> operations(Map<String, Object> item) {
        Map<String, Map<String, Object>> operations = new java.util.TreeMap<>();
        item.forEach((name, value) -> {
            if (METHODS.contains(name)) {
                @SuppressWarnings("unchecked")
                Map<String, Object> operation = (Map<String, Object>) value;
                operations.put(name, operation);
            }
        });
        return operations;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Map<String, Object>> paths() throws IOException {
        try (InputStream in = OpenApiTest.class.getResourceAsStream("/openapi.yaml")) {
            LoaderOptions options = new LoaderOptions();
            options.setMaxAliasesForCollections(200);
            Map<String, Object> tree = new Yaml(new SafeConstructor(options)).load(Objects.requireNonNull(in));
            return (Map<String, Map<String, Object>>) tree.get("paths");
        }
    }

    private static Set<String> served() {
        Set<String> routes = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.tollgate")) {
            if (type.isAnnotatedWith(Controller.class)) {
                String base = text(type.getAnnotationOfType(Controller.class.getName()), "value");
                for (JavaMethod method : type.getMethods()) {
                    for (Class<? extends Annotation> route : ROUTES) {
                        method.tryGetAnnotationOfType(route.getName())
                                .ifPresent(annotation ->
                                        routes.add(route.getSimpleName().toUpperCase(Locale.ROOT) + " "
                                                + path(base, text(annotation, "value"))));
                    }
                }
            }
        }
        return routes;
    }

    private static String path(String base, String rest) {
        // A variable's pattern is the router's business: {id:[0-9a-f-]+} is described as {id}.
        String joined = (base + "/" + rest).replaceAll("/+", "/").replaceAll("\\{(\\w+):[^}]*}", "{$1}");
        return joined.length() > 1 && joined.endsWith("/") ? joined.substring(0, joined.length() - 1) : joined;
    }

    private static String text(JavaAnnotation<?> annotation, String property) {
        return annotation
                .get(property)
                .map(Object::toString)
                .filter(value -> !value.isEmpty())
                .orElse("/");
    }
}
