package com.busdk.gateway.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.config.ConfigException;
import com.busdk.gateway.GatewayOptions;
import com.busdk.gateway.billing.Billing;
import com.busdk.gateway.containers.ContainersProviderOptions;
import com.busdk.gateway.usage.Usage;
import com.busdk.gateway.vm.VmProviderOptions.Backend;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VmProviderOptionsTest {
    private static final String SECRET = "a-secret-that-is-longer-than-thirty-two-bytes";
    private static final Map<String, String> WITH_SECRET = Map.of("BUS_API_JWT_SECRET", SECRET);

    @Test
    void shouldAnswerByItselfUnlessAnEventsServiceIsNamed() {
        assertEquals(
                Backend.STATIC, VmProviderOptions.read(Map.of(), WITH_SECRET).backend());
        var named =
                Map.of("BUS_API_JWT_SECRET", SECRET, "BUS_EVENTS_API_URL", "http://127.0.0.1:9", "BUS_API_TOKEN", "t");
        VmProviderOptions events = VmProviderOptions.read(Map.of(), named);
        assertEquals(Backend.EVENTS, events.backend());
        assertEquals(
                "http://127.0.0.1:9/api/v1/events",
                events.common().events().orElseThrow().collection().toString());
        assertEquals(Duration.ofSeconds(30), events.common().requestTimeout());
        assertEquals(Billing.Backend.NONE, events.common().billing());
        assertEquals(Usage.Backend.NONE, events.common().usage());
        assertEquals("127.0.0.1:8085", events.common().address().toString());
    }

    @Test
    void shouldTakeTheFirstSecretThatIsSet() {
        var all =
                Map.of("BUS_VM_JWT_SECRET", "first", "BUS_API_JWT_SECRET", "second", "BUS_AUTH_HS256_SECRET", "third");
        assertEquals(
                Optional.of(Hs256Secret.parse("first")),
                VmProviderOptions.read(Map.of(), all).common().tokens().secret());
        assertEquals(
                Optional.of(Hs256Secret.parse("third")),
                VmProviderOptions.read(Map.of(), Map.of("BUS_AUTH_HS256_SECRET", "third"))
                        .common()
                        .tokens()
                        .secret());
        ConfigException none = assertThrows(ConfigException.class, () -> VmProviderOptions.read(Map.of(), Map.of()));
        assertTrue(none.getMessage().contains("BUS_VM_JWT_SECRET"), none.getMessage());
        assertTrue(none.getMessage().contains("BUS_AUTH_HS256_SECRET"), none.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "backend,events,--backend events",
        "billing-backend,events,--billing-backend events",
        "usage-backend,events,--usage-backend events"
    })
    void shouldSayThatTheEventsUrlIsMissing(String flag, String value, String named) {
        ConfigException missing =
                assertThrows(ConfigException.class, () -> VmProviderOptions.read(Map.of(flag, value), WITH_SECRET));
        assertTrue(missing.getMessage().contains("--events-url (BUS_EVENTS_API_URL)"), missing.getMessage());
        assertTrue(missing.getMessage().contains(named), missing.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "backend,sometimes",
        "billing-backend,memory",
        "usage-backend,paper",
        "request-timeout,0",
        "request-timeout,soon",
        "addr,8085",
        "adr,127.0.0.1:1"
    })
    void shouldRefuse(String flag, String value) {
        ConfigException wrong =
                assertThrows(ConfigException.class, () -> VmProviderOptions.read(Map.of(flag, value), WITH_SECRET));
        assertTrue(wrong.getMessage().contains("--" + flag), wrong.getMessage());
    }

    @Test
    void shouldNeedAnEventsServiceForContainers() {
        ConfigException missing =
                assertThrows(ConfigException.class, () -> ContainersProviderOptions.read(Map.of(), WITH_SECRET));
        assertTrue(missing.getMessage().contains("--events-url"), missing.getMessage());
    }

    @Test
    void shouldNotPrintSecrets() {
        var options = VmProviderOptions.read(
                Map.of("events-url", "http://127.0.0.1:9"),
                Map.of("BUS_VM_JWT_SECRET", SECRET, "BUS_API_TOKEN", "tell-nobody"));
        assertTrue(!options.toString().contains(SECRET) && !options.toString().contains("tell-nobody"), "printed");
    }

    @ParameterizedTest
    @CsvSource({
        "events-url,ftp://x",
        "events-url,http://user:pass@host",
        "vm-url,http://127.0.0.1:8085/api",
        "vm-url,http://h/?q",
        "cors-origin,https://a.example/",
        "cors-origin,a.example",
        "tls-cert,/x",
        "servers,0",
        "max-header-bytes,1"
    })
    void shouldRefuseForTheGateway(String flag, String value) {
        ConfigException wrong =
                assertThrows(ConfigException.class, () -> GatewayOptions.read(Map.of(flag, value), Map.of()));
        assertTrue(wrong.getMessage().contains("--" + flag), wrong.getMessage());
        assertTrue(!wrong.getMessage().contains("pass"), wrong.getMessage());
    }

    @Test
    void shouldHaveTheLocalServicesBehindTheGateway() {
        GatewayOptions local = GatewayOptions.read(Map.of(), Map.of("LOCAL_AI_PLATFORM_PORT", "9090"));
        assertEquals("127.0.0.1:9090", local.http().address().toString());
        assertEquals(
                "http://127.0.0.1:8086",
                local.upstreams().get(GatewayOptions.Service.CONTAINERS).toString());
        assertEquals(
                List.of("http://127.0.0.1:8087", "http://127.0.0.1:8088", "http://127.0.0.1:8089"),
                Stream.of(GatewayOptions.Service.AUTH, GatewayOptions.Service.USAGE, GatewayOptions.Service.BILLING)
                        .map(service -> local.upstreams().get(service).toString())
                        .toList());
        assertEquals(
                Set.of(GatewayOptions.Service.AUTH, GatewayOptions.Service.USAGE, GatewayOptions.Service.BILLING),
                local.assumed());
        GatewayOptions named = GatewayOptions.read(
                Map.of("auth-url", "http://127.0.0.1:8087"), Map.of("BUS_GATEWAY_USAGE_URL", "none"));
        assertEquals(Set.of(GatewayOptions.Service.BILLING), named.assumed());
        assertTrue(!named.upstreams().containsKey(GatewayOptions.Service.USAGE), "none switches it off");
        GatewayOptions less = GatewayOptions.read(Map.of("vm-url", "none"), Map.of());
        assertTrue(!less.upstreams().containsKey(GatewayOptions.Service.VM), "none switches it off");
    }
}
