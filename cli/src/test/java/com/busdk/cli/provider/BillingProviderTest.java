package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.client.config.ConfigException;
import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions.Service;
import com.busdk.gateway.subscription.BillingProvider;
import com.busdk.gateway.subscription.BillingProviderOptions;
import io.vertx.core.Future;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The billing API before a worker that answers as a test says, and the commands before the API. */
@Timeout(120)
class BillingProviderTest {
    private static final String ALICE = "11111111-1111-4111-8111-111111111111";
    private static final String STATUS = "bus.billing.status.request";
    private static final String CHECKOUT = "bus.billing.checkout_session.request";
    private static final String PORTAL = "bus.billing.portal_session.request";
    private static final String[] ALL = {STATUS, CHECKOUT, PORTAL};
    private static final String ACTIVE = "{\"account_id\":\"" + ALICE + "\",\"status\":\"active\",\"plan_id\":\"free\","
            + "\"features\":[\"container:run\"],\"usage\":[{\"feature\":\"container:run\","
            + "\"meter_event_name\":\"bus_container_runtime_seconds\",\"window\":\"day\",\"used\":3,\"limit\":10}],"
            + "\"setup_required\":false}";

    private final Platform platform = new Platform();
    private final String token = Platform.user(ALICE, "billing:read billing:setup");

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        platform.close();
    }

    private void worker(String payload) {
        platform.worker("billing", _ -> Future.succeededFuture(Reply.of(payload)), ALL);
    }

    private CommandLineRun bus(BillingProvider provider) {
        return CommandLineRun.in(folder).with("BUS_AI_API_URL", provider.url()).with("BUS_API_TOKEN", token);
    }

    @Test
    void shouldAskForTheAccountOfTheTokenAndNoOther() {
        worker(ACTIVE.replace("\"features\"", "\"internal\":1,\"features\""));

        Platform.Reply reply = platform.get(platform.billing().url() + "/api/v1/billing/status", token);

        assertEquals(200, reply.status(), reply.text());
        assertEquals(ACTIVE, reply.text());
        Envelope request = platform.history(STATUS).getFirst();
        assertEquals("{\"account_id\":\"" + ALICE + "\"}", request.payload());
        assertEquals(ALICE, request.identityId());
    }

    @Test
    void shouldLeadToThePagesOfTheWorker() {
        worker("{\"url\":\"https://billing.invalid/checkout/1\",\"secret\":1}");
        BillingProvider provider = platform.billing();

        for (String body : new String[] {null, "{}", " { } "}) {
            Platform.Reply setup = platform.post(provider.url() + "/api/v1/billing/setup", token, body);
            assertEquals(200, setup.status(), setup.text());
            assertEquals("{\"url\":\"https://billing.invalid/checkout/1\"}", setup.text());
        }
        assertEquals(
                200,
                platform.post(provider.url() + "/api/v1/billing/portal", token, null)
                        .status());
        assertEquals(3, platform.history(CHECKOUT).size());
        assertEquals(
                "{\"account_id\":\"" + ALICE + "\"}",
                platform.history(PORTAL).getFirst().payload());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|status|billing:setup|403",
                "POST|setup|billing:read|403",
                "POST|portal|billing:entitlement:check|403",
                "POST|status|billing:read|405",
                "GET|setup|billing:setup|405",
                "DELETE|portal|billing:read|405",
                "GET|nowhere|billing:read|404"
            })
    void shouldAskForTheVeryScope(String method, String path, String scopes, int status) {
        worker(ACTIVE);
        String other = Platform.user(ALICE, scopes);

        Platform.Reply reply = platform.send(method, platform.billing().url() + "/api/v1/billing/" + path, other, null);

        assertEquals(status, reply.status(), reply.text());
        assertEquals(List.of(), platform.history(ALL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"billing:read", "billing:setup"})
    void shouldLeadToThePortalWhoeverMaySeeOrSetUp(String scope) {
        worker("{\"url\":\"https://billing.invalid/portal/1\"}");
        Platform.Reply portal =
                platform.post(platform.billing().url() + "/api/v1/billing/portal", Platform.user(ALICE, scope), null);
        assertEquals(200, portal.status(), portal.text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"plan_id\":7}",
                "{\"plan_id\":null}",
                "{\"plan_id\":\"\"}",
                "{\"plan_id\":\"a b\"}",
                "{\"plan_id\":\"pro\",\"account_id\":\"22222222-2222-4222-8222-222222222222\"}",
                "{\"account_id\":\"22222222-2222-4222-8222-222222222222\"}",
                "[]",
                "7",
                "{",
                "{} {}",
                "{\"a\":1,\"a\":2}"
            })
    void shouldLetNoBodyChooseWhatItMayNot(String body) {
        worker("{\"url\":\"https://billing.invalid/\"}");
        BillingProvider provider = platform.billing();
        for (String path : List.of("setup", "portal")) {
            Platform.Reply reply = platform.post(provider.url() + "/api/v1/billing/" + path, token, body);
            assertEquals(400, reply.status(), reply.text());
        }
        assertEquals(List.of(), platform.history(ALL));
        assertEquals(
                413,
                platform.post(provider.url() + "/api/v1/billing/setup", token, " ".repeat(5_000))
                        .status());
        assertEquals(
                200,
                platform.post(provider.url() + "/api/v1/billing/setup", token, null)
                        .status());
    }

    @Test
    void shouldHandOnThePlanThatTheAccountIsToBeOn() {
        worker("{\"url\":\"https://billing.invalid/checkout/1\"}");
        BillingProvider provider = platform.billing();
        String plan = "{\"plan_id\":\"pro\"}";

        assertEquals(
                200,
                platform.post(provider.url() + "/api/v1/billing/setup", token, plan)
                        .status());
        assertEquals(0, bus(provider).run("billing", "setup", "--plan", "large").code());
        assertEquals(
                List.of(
                        "{\"account_id\":\"" + ALICE + "\",\"plan_id\":\"pro\"}",
                        "{\"account_id\":\"" + ALICE + "\",\"plan_id\":\"large\"}"),
                platform.history(CHECKOUT).stream().map(Envelope::payload).toList());
        assertEquals(
                400,
                platform.post(provider.url() + "/api/v1/billing/portal", token, plan)
                        .status());
        assertEquals(
                2, bus(provider).run("billing", "portal", "--plan", "large").code());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{}",
                "{\"url\":7}",
                "{\"url\":\"\"}",
                "{\"url\":\"javascript:alert(1)\"}",
                "{\"url\":\"file:///etc/passwd\"}",
                "{\"url\":\"//elsewhere/\"}",
                "{\"url\":\"https://user:pw@billing.invalid/\"}"
            })
    void shouldLeadToNothingButAWebPage(String payload) {
        worker(payload);
        Platform.Reply reply = platform.post(platform.billing().url() + "/api/v1/billing/setup", token, null);
        assertEquals(502, reply.status(), reply.text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"active\"|\"trial\"|502",
                "\"features\":[\"container:run\"]|\"features\":\"all\"|502",
                "\"features\":[\"container:run\"]|\"features\":[1]|502",
                "\"setup_required\":false|\"setup_required\":0|502",
                "\"usage\":[|\"usage\":[7,|502",
                "11111111-1111|22222222-2222|403"
            })
    void shouldShowNoStatusOfAnotherShapeOrOwner(String part, String instead, int status) {
        worker(ACTIVE.replace(part, instead));
        Platform.Reply reply = platform.get(platform.billing().url() + "/api/v1/billing/status", token);
        assertEquals(status, reply.status(), reply.text());
    }

    @Test
    void shouldNeedAnEventsServiceAndAToken() {
        assertEquals("127.0.0.1:8089", BillingProviderOptions.DEFAULT_ADDRESS);
        var missing = assertThrows(
                ConfigException.class,
                () -> BillingProviderOptions.read(Map.of(), Map.of("BUS_BILLING_JWT_SECRET", Platform.SECRET)));
        assertTrue(missing.getMessage().contains("--events-url (BUS_EVENTS_API_URL)"), missing.getMessage());
    }

    // --- the commands ---

    @Test
    void shouldShowWhatWasUsedOfEachQuota() {
        worker(ACTIVE);
        BillingProvider provider = platform.billing();
        String text = """
            STATUS  PLAN  FEATURE        METER                          WINDOW  USED  LIMIT
            active  free  container:run  bus_container_runtime_seconds  day        3     10
            """;
        assertEquals(text, bus(provider).run("billing", "status").out());
        String tsv = """
            status\tplan\tfeature\tmeter\twindow\tused\tlimit
            active\tfree\tcontainer:run\tbus_container_runtime_seconds\tday\t3\t10
            """;
        assertEquals(tsv, bus(provider).run("billing", "status", "-f", "tsv").out());
        assertEquals(
                ACTIVE + "\n",
                bus(provider).run("-f", "json", "billing", "status").out());
    }

    @Test
    void shouldSayWhatToDoForAnAccountThatHasNothing() {
        worker("{\"account_id\":\"" + ALICE + "\",\"status\":\"missing\",\"features\":[],\"usage\":[],"
                + "\"setup_required\":true,\"next_action\":\"setup_billing\",\"command\":\"bus billing setup\"}");
        var shown = bus(platform.billing()).run("billing", "status");
        assertEquals(0, shown.code());
        assertTrue(shown.out().contains("missing"), shown.out());
        assertTrue(shown.err().contains("bus billing setup"), shown.err());
    }

    @Test
    void shouldPrintTheAddressOfThePage() {
        worker("{\"url\":\"https://billing.invalid/checkout/1\"}");
        BillingProvider provider = platform.billing();
        assertEquals(
                "https://billing.invalid/checkout/1\n",
                bus(provider).run("billing", "setup").out());
        assertEquals(
                "url\nhttps://billing.invalid/checkout/1\n",
                bus(provider).run("billing", "portal", "-f", "tsv").out());
        assertEquals(
                "{\"url\":\"https://billing.invalid/checkout/1\"}\n",
                bus(provider).run("billing", "setup", "-f", "json").out());
        var refused = bus(provider)
                .with("BUS_API_TOKEN", Platform.user(ALICE, "vm:read"))
                .run("billing", "setup");
        assertEquals(77, refused.code());
        assertTrue(refused.err().contains("billing:setup"), refused.err());
    }

    // --- through the gateway ---

    @Test
    void shouldStandBehindTheGateway() {
        worker(ACTIVE);
        platform.worker(
                "usage",
                _ -> Future.succeededFuture(Reply.of("{\"items\":[],\"has_more\":false}")),
                "bus.usage.list.request");
        Gateway gateway = platform.gateway(Map.of(
                Service.EVENTS, URI.create(platform.url()),
                Service.BILLING, URI.create(platform.billing().url()),
                Service.USAGE, URI.create(platform.usage().url())));

        assertEquals(
                200,
                platform.get(gateway.url() + "/api/v1/billing/status", token).status());
        Platform.Reply hidden = platform.get(gateway.url() + "/api/internal/usage-events", Platform.service());
        assertEquals(404, hidden.status(), hidden.text());
        assertFalse(hidden.text().contains("items"), hidden.text());
        Platform.Reply keys = platform.get(gateway.url() + "/.well-known/jwks.json", null);
        assertEquals(404, keys.status(), "there is no auth service behind it");
    }
}
