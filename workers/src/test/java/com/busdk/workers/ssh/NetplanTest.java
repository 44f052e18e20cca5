package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.workers.ssh.ScriptRequest.NetworkBootstrap;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetplanTest {
    private static final String MAC = "DE:ad:be:ef:00:01";

    private static String refusal(NetworkBootstrap bootstrap) {
        ApiException e = assertThrows(ApiException.class, () -> Netplan.render(bootstrap));
        assertEquals("bad_request", e.type());
        return e.message();
    }

    @Test
    void shouldMatchTheCardByItsMac() {
        assertEquals(
                Optional.of("""
                    network:
                      version: 2
                      ethernets:
                        bus-runner:
                          match:
                            macaddress: "de:ad:be:ef:00:01"
                          dhcp4: true
                          dhcp4-overrides:
                            use-dns: false
                          nameservers:
                            addresses: ["1.1.1.1", "2606:4700::1111"]
                    """),
                Netplan.render(new NetworkBootstrap(true, "mac-match", List.of("1.1.1.1", "2606:4700::1111"), MAC)));
        assertEquals(Optional.of("""
            network:
              version: 2
              ethernets:
                bus-runner:
                  match:
                    macaddress: "de:ad:be:ef:00:01"
                  dhcp4: true
            """), Netplan.render(new NetworkBootstrap(true, null, null, MAC)));
    }

    @Test
    void shouldDoNothingUnlessTold() {
        assertTrue(Netplan.render(new NetworkBootstrap(false, "mac-match", List.of(), null))
                .isEmpty());
        assertTrue(Netplan.render(new NetworkBootstrap(null, null, List.of(), null))
                .isEmpty());
    }

    @Test
    void shouldSayWhatTheContractSays() {
        assertEquals(
                "unsupported runner netplan mode", refusal(new NetworkBootstrap(true, "name-match", List.of(), MAC)));
        assertEquals(
                "runner netplan mode mac-match requires interface MAC",
                refusal(new NetworkBootstrap(true, "mac-match", List.of(), null)));
        assertEquals(
                "runner netplan mode mac-match requires interface MAC",
                refusal(new NetworkBootstrap(true, null, List.of(), " ")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"de:ad:be:ef:00", "de-ad-be-ef-00-01", "de:ad:be:ef:00:01\"", "de:ad:be:ef:00:0g", "x"})
    void shouldRefuseWhatIsNoMac(String mac) {
        assertTrue(refusal(new NetworkBootstrap(true, null, List.of(), mac)).contains("interface_mac"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1.1", "1.2.3.400", "dns.example", "1.1.1.1\"]", "fe80::1%eth0", "::g"})
    void shouldRefuseWhatIsNoAddress(String server) {
        assertTrue(
                refusal(new NetworkBootstrap(true, null, List.of(server), MAC)).contains("dns_servers"));
    }

    @Test
    void shouldBoundTheServers() {
        assertTrue(refusal(new NetworkBootstrap(true, null, Collections.nCopies(9, "1.1.1.1"), MAC))
                .contains("dns_servers"));
    }
}
