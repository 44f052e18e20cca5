package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The netplan file of a machine: one network card, found by its hardware address, since its name differs from machine to
 * machine. Format: netplan's reference of its YAML.
 */
final class Netplan {
    /** Where netplan looks; the file's name sorts behind those that cloud images bring. */
    static final String FOLDER = "/etc/netplan";

    private static final String ONLY_MODE = "mac-match";

    private static final Pattern MAC = Pattern.compile("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}");

    private Netplan() {}

    /**
     * The file's content.
     *
     * @return empty if nothing is to be applied
     * @throws ApiException {@code bad_request}; two of its messages are part of the workers' contract
     */
    static Optional<String> render(ScriptRequest.NetworkBootstrap bootstrap) {
        String mode = bootstrap.netplanMode();
        if (mode != null && !mode.isEmpty() && !mode.equals(ONLY_MODE)) {
            throw SshErrors.badRequest("unsupported runner netplan mode");
        }
        if (!Boolean.TRUE.equals(bootstrap.applyNetplan())) {
            return Optional.empty();
        }
        String mac = bootstrap.interfaceMac();
        if (mac == null || mac.isBlank()) {
            throw SshErrors.badRequest("runner netplan mode mac-match requires interface MAC");
        }
        if (!MAC.matcher(mac).matches()) {
            throw SshErrors.badRequest("interface_mac: write six pairs of hexadecimal digits with colons between");
        }
        checkServers(bootstrap.dnsServers());
        StringBuilder yaml = new StringBuilder("""
            network:
              version: 2
              ethernets:
                bus-runner:
                  match:
                    macaddress: "%s"
                  dhcp4: true
            """.formatted(mac.toLowerCase(Locale.ROOT)));
        if (!bootstrap.dnsServers().isEmpty()) {
            String servers = bootstrap.dnsServers().stream()
                    .map(server -> '"' + server + '"')
                    .collect(Collectors.joining(", "));
            yaml.append("      dhcp4-overrides:\n        use-dns: false\n")
                    .append("      nameservers:\n        addresses: [")
                    .append(servers)
                    .append("]\n");
        }
        return Optional.of(yaml.toString());
    }

    private static void checkServers(List<String> servers) {
        if (servers.size() > ScriptRequest.NetworkBootstrap.MAX_DNS_SERVERS) {
            throw SshErrors.badRequest("dns_servers: give at most " + ScriptRequest.NetworkBootstrap.MAX_DNS_SERVERS);
        }
        for (String server : servers) {
            if (!ScriptRequest.NetworkBootstrap.isDnsServer(server)) {
                throw SshErrors.badRequest("dns_servers: " + Echo.quote(server) + " is no IP address");
            }
        }
    }
}
