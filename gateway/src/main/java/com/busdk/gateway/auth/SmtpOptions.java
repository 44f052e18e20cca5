package com.busdk.gateway.auth;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.http.ApiException;
import com.busdk.client.identity.BoundedFile;
import com.busdk.client.identity.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How mail goes out. The password does not print.
 *
 * @param host the mail server
 * @param port its port; 465 speaks TLS from the start (RFC 8314), others by STARTTLS
 * @param from whom mails are from
 * @param credentials to log in with; mail is then sent over TLS or not at all
 * @param authorities certificates (PEM) that vouch for the server, in place of those that Java knows
 */
record SmtpOptions(
        String host, int port, String from, Optional<Credentials> credentials, Optional<String> authorities) {
    /** Where mail is submitted (RFC 6409). */
    private static final int SUBMISSION_PORT = 587;

    /** Where it is submitted over TLS from the start. */
    static final int TLS_PORT = 465;

    private static final int MAX_PORT = 65_535;
    private static final int MAX_CERTIFICATE_BYTES = 1 << 20;
    private static final String PASSWORD_VARIABLE = "BUS_AUTH_SMTP_PASSWORD";

    /**
     * A user of the mail server.
     *
     * @param username the name
     * @param password the password
     */
    record Credentials(String username, String password) {
        @Override
        public String toString() {
            return "Credentials"; // neither prints
        }
    }

    /** Reads them; blocks on the file of certificates. */
    static SmtpOptions read(Settings settings, Map<String, String> environment) {
        String host = settings.required("smtp-host", "to send one-time passwords by mail");
        String from = settings.required("smtp-from", "to send one-time passwords by mail");
        try {
            from = EmailAddress.parse(from).text();
        } catch (ApiException e) {
            throw new ConfigException(settings.describe("smtp-from"), "is not an address such as bus@example.com");
        }
        String password = environment.getOrDefault(PASSWORD_VARIABLE, "");
        Optional<String> username = settings.find("smtp-username").filter(name -> !name.isBlank());
        if (username.isPresent() == password.isEmpty()) {
            throw new ConfigException(
                    settings.describe("smtp-username"),
                    "goes together with " + PASSWORD_VARIABLE + ": set both, or neither");
        }
        return new SmtpOptions(
                host.strip(),
                settings.integer("smtp-port", SUBMISSION_PORT, 1, MAX_PORT),
                from,
                username.map(name -> new Credentials(name.strip(), password)),
                settings.find("smtp-ca-file").map(file -> certificates(settings, Path.of(file))));
    }

    private static String certificates(Settings settings, Path file) {
        try {
            return StrictJson.text(BoundedFile.read(file, MAX_CERTIFICATE_BYTES));
        } catch (IOException e) {
            throw new ConfigException(settings.describe("smtp-ca-file"), file + ": " + e.getMessage());
        }
    }
}
