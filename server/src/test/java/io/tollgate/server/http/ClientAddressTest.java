package io.tollgate.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpRequest;
import io.tollgate.server.config.Settings;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
    private final ClientAddress clients = new ClientAddress(
            Settings.from(Map.of(), "tollgate.properties", Map.of()).trustedProxies());

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
        peer               | X-Forwarded-For                | X-Real-IP   | Fly-Client-IP | client
        198.51.100.7       | -                              | -           | -             | 198.51.100.7
        198.51.100.7       | 203.0.113.9                    | 203.0.113.8 | 203.0.113.7   | 198.51.100.7
        127.0.0.1          | -                              | -           | -             | 127.0.0.1
        127.0.0.1          | 203.0.113.9                    | 203.0.113.8 | -             | 203.0.113.9
        0:0:0:0:0:0:0:1    | 203.0.113.9                    | -           | -             | 203.0.113.9
        10.1.2.3           | 1.2.3.4, 203.0.113.9, 10.0.0.1 | -           | -             | 203.0.113.9
        10.1.2.3           | 203.0.113.9,,  192.168.0.1 ,   | -           | -             | 203.0.113.9
        ::ffff:10.1.2.3    | 203.0.113.9                    | -           | -             | 203.0.113.9
        10.1.2.3           | 10.0.0.1, 172.16.9.9           | 203.0.113.8 | 203.0.113.7   | 203.0.113.8
        10.1.2.3           | 10.0.0.1                       | -           | 203.0.113.7   | 203.0.113.7
        10.1.2.3           | 10.0.0.1                       | -           | -             | 10.1.2.3
        10.1.2.3           | 1.2.3.4, unknown               | -           | -             | 10.1.2.3
        10.1.2.3           | 1.2.3.4, unknown, 10.0.0.1     | 203.0.113.8 | -             | 203.0.113.8
        10.1.2.3           | -                              | nonsense    | 203.0.113.7   | 203.0.113.7
        10.1.2.3           | 203.0.113.9:50123              | -           | -             | 203.0.113.9
        10.1.2.3           | [2001:DB8::1]:443              | -           | -             | 2001:db8::1
        10.1.2.3           | 2001:db8:0:0:0:0:0:1           | -           | -             | 2001:db8::1
        10.1.2.3           | ::ffff:203.0.113.9             | -           | -             | 203.0.113.9
        fe80:0:0:0:0:0:0:1%2 | 203.0.113.9                  | -           | -             | fe80::1
        10.1.2.3           | 203.0.113.0/24                 | -           | -             | 10.1.2.3
        10.1.2.3           | 1.2                            | -           | -             | 10.1.2.3
        10.1.2.3           | 999.1.1.1                      | -           | -             | 10.1.2.3
        """)
    void theClientIsTheLastOneThatIsNoTrustedProxy(
            String peer, @Nullable String forwarded, @Nullable String real, @Nullable String fly, String client) {
        MutableHttpRequest<?> request = HttpRequest.GET("/");
        add(request, "X-Forwarded-For", forwarded);
        add(request, "X-Real-IP", real);
        add(request, "Fly-Client-IP", fly);

        assertThat(clients.of(peer, request.getHeaders())).isEqualTo(client);
    }

    private static void add(MutableHttpRequest<?> request, String name, @Nullable String value) {
        if (value != null) {
            request.header(name, value);
        }
    }
}
