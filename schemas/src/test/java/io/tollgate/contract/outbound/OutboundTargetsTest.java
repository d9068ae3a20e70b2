package io.tollgate.contract.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundTargetsTest {
    private static final OutboundTargets PUBLIC = OutboundTargets.publicOnly();

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            address                        | verdict
            93.184.216.34                  | allowed
            2606:2800:220:1::1             | allowed
            0.0.0.0                        | unspecified
            0.1.2.3                        | unspecified
            10.255.255.255                 | private
            11.0.0.0                       | allowed
            100.63.255.255                 | allowed
            100.64.0.1                     | carrier-grade
            100.127.255.255                | carrier-grade
            127.0.0.1                      | loopback
            127.255.0.1                    | loopback
            169.254.169.254                | link-local
            172.15.255.255                 | allowed
            172.16.0.1                     | private
            172.31.255.255                 | private
            172.32.0.0                     | allowed
            192.168.1.1                    | private
            198.18.0.1                     | test networks
            224.0.0.1                      | multicast
            239.255.255.255                | multicast
            255.255.255.255                | reserved
            ::                             | unspecified
            ::1                            | loopback
            ::ffff:169.254.169.254         | link-local
            ::127.0.0.1                    | loopback
            ::ffff:0:10.0.0.1              | private
            fc00::1                        | unique-local
            fd00:ec2::254                  | unique-local
            fe80::a9fe:a9fe                | link-local
            fec0::1                        | site-local
            ff02::1                        | multicast
            64:ff9b::a9fe:a9fe             | link-local
            64:ff9b::7f00:1                | loopback
            64:ff9b::808:808               | allowed
            64:ff9b:1::1                   | local translator
            2002:a00:1::                   | private
            2002:7f00:1::1                 | loopback
            2002:808:808::1                | allowed
            2001:0:808:808::80ff:fffe      | loopback
            2001:0:808:808::5601:5601      | link-local
            2001:0:a00:1::f7f7:f7f7        | private
            2001:0:808:808::f7f7:f7f7      | allowed
            """)
    void addressIsJudgedByWhereItLeads(String address, String verdict) throws Exception {
        TargetVerdict judged = PUBLIC.check("hook.example", 443, InetAddress.getByName(address));

        switch (judged) {
            case TargetVerdict.Allowed allowed -> assertThat(verdict).isEqualTo("allowed");
            case TargetVerdict.Refused refused -> assertThat(refused.why()).contains(verdict);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            url                                       | verdict
            https://hook.example/in?x=1               | allowed
            http://hook.example:8080                  | allowed
            HTTPS://hook.example                      | allowed
            https://user:secret@hook.example/         | user info
            https://@hook.example/                    | user info
            https://hook.example:0/                   | port 0
            https://hook.example:22/                  | port 22
            http://hook.example:25/                   | port 25
            https://hook.example:65536/               | port 65536
            ftp://hook.example/                       | must begin
            file:///etc/passwd                        | must begin
            //hook.example/                           | must begin
            https:/hook                               | no host
            http://127.0.0.1:8080/                    | loopback
            http://127.1/                             | no host
            http://2130706433/                        | loopback
            http://[::1]/                             | loopback
            http://[::ffff:a9fe:a9fe]/latest          | link-local
            http://[fe80::1]/                         | link-local
            https://[2606:2800:220:1::1]/             | allowed
            """)
    void urlIsJudgedBeforeAnyLookUp(String url, String verdict) {
        switch (PUBLIC.check(URI.create(url))) {
            case TargetVerdict.Allowed allowed -> assertThat(verdict).isEqualTo("allowed");
            case TargetVerdict.Refused refused -> assertThat(refused.why()).contains(verdict);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            listed                     | url                        | address       | allowed
            hooks.internal             | http://hooks.internal/     | 10.0.0.1      | true
            hooks.internal             | http://HOOKS.internal./    | 10.0.0.1      | true
            hooks.internal             | http://x.hooks.internal/   | 10.0.0.1      | false
            hooks.internal:8080        | http://hooks.internal:8080 | 10.0.0.1      | true
            hooks.internal:8080        | http://hooks.internal:8081 | 10.0.0.1      | false
            hooks.internal:443         | https://hooks.internal     | 10.0.0.1      | true
            10.1.0.0/16                | http://any.example         | 10.1.2.3      | true
            10.1.0.0/16                | http://any.example         | 10.2.0.0      | false
            10.1.2.3/16                | http://any.example         | 10.1.200.1    | true
            127.0.0.1                  | http://127.0.0.1:9/        | 127.0.0.1     | true
            127.0.0.1:9                | http://127.0.0.1:8/        | 127.0.0.1     | false
            [::1]:9                    | http://[::1]:9/            | ::1           | true
            ::1                        | http://[0:0:0:0:0:0:0:1]/  | ::1           | true
            fd00::/8                   | http://any.example         | fd12::1       | true
            0.0.0.0/0                  | http://any.example         | 10.0.0.1      | true
            0.0.0.0/0                  | http://any.example         | fd12::1       | false
            a.example, 10.0.0.0/8      | http://any.example         | 10.9.9.9      | true
            127.0.0.0/8                | http://any.example         | 64:ff9b::7f00:1 | false
            hooks.internal             | http://hooks.internal:22/  | 10.0.0.1      | false
            """)
    void listedPlacesMayBePrivate(String listed, String url, String address, boolean allowed) throws Exception {
        TargetVerdict verdict = OutboundTargets.parse(listed).check(URI.create(url), InetAddress.getByName(address));

        assertThat(verdict instanceof TargetVerdict.Allowed).as("%s", verdict).isEqualTo(allowed);
    }

    @Test
    void onlyListedPlacesAreTrustedWithPlainHttp() {
        OutboundTargets targets = OutboundTargets.parse("hooks.internal:8080,127.0.0.0/8");

        assertThat(targets.lists(URI.create("http://hooks.internal:8080/a"))).isTrue();
        assertThat(targets.lists(URI.create("http://hooks.internal/a"))).isFalse();
        assertThat(targets.lists(URI.create("http://127.9.9.9:1234/a"))).isTrue();
        assertThat(targets.lists(URI.create("http://hook.example/a"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0/",
                "/8",
                "host:port",
                "host:0",
                "host:70000",
                "ho st",
                "http://a",
                "*",
                "a..b"
            })
    void entryThatIsNoPlaceIsRefused(String entry) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OutboundTargets.parse("a.example," + entry))
                .withMessageContaining(entry.strip());
    }

    @Test
    void emptyListIsEmpty() throws Exception {
        assertThat(OutboundTargets.parse(" ").check("a", 443, InetAddress.getByName("10.0.0.1")))
                .isInstanceOf(TargetVerdict.Refused.class);
    }
}
