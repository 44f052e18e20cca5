package com.busdk.cli.doctor;

import com.busdk.cli.ExitCode;
import com.busdk.cli.auth.Exchange;
import com.busdk.cli.command.Invocation;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the services beside that of events: the origin of the VM and container APIs, and the auth service. One that is
 * set has to answer. Where nothing at all is set all is to be on the local stack, whose gateway may be missing: an events
 * service can do without. No token is sent. On the command's thread, which waits.
 */
final class OtherServices {
    private static final String GATEWAY = "gateway";
    private static final String READY = "/readyz";

    /** An answer about readiness is a line; the page of a proxy of another make is longer. */
    private static final int MAX_ANSWER_BYTES = 1 << 20;

    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final ServiceUrls urls;
    private final Map<String, String> variables;
    private final boolean local;
    private final Duration timeout;

    /** @param timeout how long each may take for the whole of its answer */
    OtherServices(Invocation invocation, Duration timeout) {
        this.variables = invocation.environment().variables();
        this.urls = ServiceUrls.of(variables);
        this.local = invocation.common().apiUrl() == null && set("BUS_EVENTS_API_URL") == null;
        this.timeout = timeout;
    }

    /** What is to be said of them. */
    List<Finding> findings() throws InterruptedException {
        var findings = new ArrayList<Finding>();
        String ai = set("BUS_AI_API_URL", "BUS_API_BASE_URL");
        String auth = set("BUS_AUTH_API_URL");
        if (ai != null) {
            findings.add(named(GATEWAY, ai, urls::ai));
        } else if (local && auth == null) {
            findings.add(localGateway());
        }
        if (auth != null) {
            findings.add(named("auth", auth, urls::auth));
        }
        return findings;
    }

    /** The first of these variables that is set, or null. */
    private @Nullable String set(String... names) {
        for (String name : names) {
            String value = variables.get(name);
            if (value != null && !value.isBlank()) {
                return name;
            }
        }
        return null;
    }

    private Finding named(String check, String variable, Function<@Nullable String, URI> url)
            throws InterruptedException {
        URI uri;
        try {
            uri = url.apply(null);
        } catch (ConfigException e) {
            return Finding.failed(check, String.valueOf(e.getMessage()), "correct " + variable, ExitCode.FAILED);
        }
        String where = uri + " (" + variable + ")";
        try {
            return answered(check, uri, where, ask(uri));
        } catch (IOException e) {
            return Finding.failed(
                    check,
                    "cannot reach " + where + ": " + reason(e),
                    "start it, or check " + variable + " and what lies between",
                    ExitCode.UNREACHABLE);
        }
    }

    private Finding localGateway() throws InterruptedException {
        URI uri;
        try {
            uri = urls.ai(null);
        } catch (ConfigException _) {
            return Finding.failed(
                    GATEWAY,
                    "LOCAL_AI_PLATFORM_PORT is not a port",
                    "set it to that of the gateway, or unset it",
                    ExitCode.FAILED);
        }
        String where = uri + " (default: the local stack)";
        try {
            return answered(GATEWAY, uri, where, ask(uri));
        } catch (IOException e) {
            return Finding.warning(
                    GATEWAY,
                    "cannot reach " + where + ": " + reason(e),
                    "commands about VMs, containers and accounts need it: 'bus up' starts one, or set BUS_AI_API_URL");
        }
    }

    private static Finding answered(String check, URI uri, String where, Answer answer) {
        if (answer.status() == UNAVAILABLE) {
            return Finding.failed(
                    check,
                    where + " is reachable, but not ready: " + Echo.of(answer.because()),
                    "wait for it, or see its log",
                    ExitCode.UNREACHABLE);
        }
        // A proxy before it may keep its readiness to itself, and any answer shows that somebody is there.
        String message = where + (answer.status() == OK ? ", reachable and ready" : ", reachable");
        return DoctorCommand.isOpen(uri)
                ? Finding.warning(check, message, DoctorCommand.OPEN_FIX)
                : Finding.ok(check, message);
    }

    /** @param because what it says of itself where that is an error */
    private record Answer(int status, String because) {}

    private Answer ask(URI service) throws IOException, InterruptedException {
        String path = service.getRawPath();
        String base = path.endsWith(ServiceUrls.AUTH_PATH)
                ? path.substring(0, path.length() - ServiceUrls.AUTH_PATH.length())
                : path;
        URI uri = service.resolve(base + READY);
        HttpRequest request =
                HttpRequest.newBuilder(uri).header("Accept", "application/json").build();
        HttpResponse<byte[]> response = Exchange.of(request, timeout, MAX_ANSWER_BYTES);
        int status = response.statusCode();
        return new Answer(
                status,
                status / 100 == 2
                        ? ""
                        : ApiException.parse(status, response.body(), null).message());
    }

    private static String reason(IOException e) {
        // The JDK's client has no words for a refused connection.
        return e.getMessage() == null ? "nobody listens there" : Echo.of(e.getMessage());
    }
}
