package io.tollgate.billing.delivery.http;

import io.tollgate.billing.delivery.Attempt;
import io.tollgate.billing.delivery.Outgoing;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.outbound.TargetVerdict;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/// Posts to places on the open internet, and to those that the operator has listed. A name is looked up once per
/// connection; every address that it has is checked, and the connection is made to one of them, so a name that points
/// elsewhere a moment later leads nowhere else.
public final class PinnedHttp implements Outgoing, AutoCloseable {
    /// An answer has to be there in this time, from the first byte of the connection on.
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final int CONNECTIONS_MAX = 128;
    private static final int CONNECTIONS_PER_PLACE_MAX = 8;
    private static final TimeValue IDLE_MAX = TimeValue.ofSeconds(30);

    /// How long a connection may serve until its name is looked up anew.
    private static final TimeValue CONNECTION_AGE_MAX = TimeValue.ofMinutes(5);

    private final OutboundTargets targets;
    private final Duration timeout;
    private final CloseableHttpClient client;
    private final ScheduledExecutorService alarms = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("webhook-timeouts").factory());

    public PinnedHttp(OutboundTargets targets) {
        this(targets, TIMEOUT, host -> List.of(InetAddress.getAllByName(host)));
    }

    /// How names are looked up.
    interface Names {
        List<InetAddress> addresses(String host) throws UnknownHostException;
    }

    PinnedHttp(OutboundTargets targets, Duration timeout, Names names) {
        this.targets = targets;
        this.timeout = timeout;
        this.client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new CheckedNames(targets, names))
                        .setMaxConnTotal(CONNECTIONS_MAX)
                        .setMaxConnPerRoute(CONNECTIONS_PER_PLACE_MAX)
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(Timeout.of(timeout))
                                .setSocketTimeout(Timeout.of(timeout))
                                .setTimeToLive(CONNECTION_AGE_MAX)
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.of(timeout))
                        .setConnectionRequestTimeout(Timeout.of(timeout))
                        .build())
                .setUserAgent("Tollgate-Webhooks/1")
                .evictIdleConnections(IDLE_MAX)
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .build();
    }

    /// Looks names up and lets no address through that may not be reached.
    private record CheckedNames(OutboundTargets targets, Names names) implements DnsResolver {
        @Override
        public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
            List<InetSocketAddress> checked = new ArrayList<>();
            for (InetAddress address : names.addresses(host)) {
                // One forbidden address spoils the name: whoever mixes them tries something.
                if (targets.check(host, port, address) instanceof TargetVerdict.Refused refused) {
                    throw new ForbiddenTargetException(refused.why());
                }
                checked.add(new InetSocketAddress(address, port));
            }
            return checked;
        }

        // Without a port nothing can be checked; the client asks for addresses with one.
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            throw new UnknownHostException(host);
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }

    /// A name leads to an address that may not be reached.
    private static final class ForbiddenTargetException extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        ForbiddenTargetException(String message) {
            super(message);
        }
    }

    @Override
    public Attempt post(String url, Map<String, String> headers, byte[] body) {
        URI target;
        try {
            target = new URI(url);
        } catch (URISyntaxException e) {
            return failed("the URL is malformed");
        }
        if (targets.check(target) instanceof TargetVerdict.Refused refused) {
            return failed("not sent: the URL " + refused.why());
        }
        HttpPost request = new HttpPost(target);
        headers.forEach(request::setHeader);
        request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
        Future<?> alarm = alarms.schedule(request::cancel, timeout.toMillis(), TimeUnit.MILLISECONDS);
        try (ClassicHttpResponse response = client.executeOpen(RoutingSupport.determineHost(request), request, null)) {
            return attempt(response);
        } catch (ForbiddenTargetException e) {
            return failed("not sent: the host " + e.getMessage());
        } catch (UnknownHostException e) {
            return failed("the host is not known");
        } catch (SocketTimeoutException e) {
            return failed(e instanceof ConnectTimeoutException ? "no connection in time" : "no answer in time");
        } catch (IOException | HttpException e) {
            return failed(request.isAborted() ? "no answer in time" : "no answer: " + reason(e));
        } finally {
            alarm.cancel(false);
        }
    }

    private static Attempt attempt(ClassicHttpResponse response) throws IOException {
        int status = response.getCode();
        String answer = answer(response.getEntity());
        return status >= 200 && status < 300
                ? new Attempt.Taken(status, answer)
                : new Attempt.Failed(OptionalInt.of(status), answer, "answered with " + status);
    }

    // The rest is not read: closing the answer then closes the connection.
    private static String answer(HttpEntity entity) throws IOException {
        if (entity == null) {
            return "";
        }
        InputStream content = entity.getContent();
        if (content == null) {
            return "";
        }
        byte[] first = content.readNBytes(Attempt.ANSWER_BYTES_MAX);
        // PostgreSQL's text holds everything but this character.
        return new String(first, StandardCharsets.UTF_8).replace('\0', '\uFFFD');
    }

    private static String reason(Exception e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static Attempt failed(String why) {
        return new Attempt.Failed(OptionalInt.empty(), "", why);
    }

    @Override
    public void close() throws IOException {
        alarms.shutdownNow();
        client.close();
    }
}
