package com.busdk.workers.upcloud.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A server to be created: from a template, reached with SSH keys, never with a password. Immutable.
 *
 * @param zone where
 * @param title what a person calls it, 1 to 255 characters
 * @param hostname its host name, 1 to 63 characters
 * @param plan its size; number of cores and memory follow from it
 * @param template UUID of the template of its disk
 * @param storageGb size of the disk, 0 for the provider's choice
 * @param sshKeys public keys that may log in as root, at least one
 * @param labels labels that it gets
 * @param privateNetwork UUID of the private network that it joins, null to join the internet instead
 * @param privateIp its address there, null for the network's choice
 */
public record ServerSpec(
        String zone,
        String title,
        String hostname,
        String plan,
        String template,
        int storageGb,
        List<String> sshKeys,
        Map<String, String> labels,
        @Nullable String privateNetwork,
        @Nullable String privateIp) {
    /** Refuses a server that nobody could log in to. */
    public ServerSpec {
        sshKeys = List.copyOf(sshKeys);
        labels = Map.copyOf(labels);
        if (sshKeys.isEmpty()) {
            throw new IllegalArgumentException("a server needs a public key: recent templates refuse passwords");
        }
    }

    /** The body of the call that creates it. */
    ObjectNode toJson() {
        ObjectNode root = Lenient.MAPPER.createObjectNode();
        ObjectNode server = root.putObject("server");
        server.put("zone", zone).put("title", title).put("hostname", hostname).put("plan", plan);
        // Templates of today set themselves up by cloud-init, which gets the keys from the metadata service.
        server.put("metadata", "yes").put("firewall", "off").put("remote_access_enabled", "no");
        server.put("password_delivery", "none");
        ArrayNode labelList = server.putObject("labels").putArray("label");
        new TreeMap<>(labels)
                .forEach((key, value) -> labelList.addObject().put("key", key).put("value", value));
        ObjectNode login = server.putObject("login_user").put("create_password", "no");
        ArrayNode keys = login.putObject("ssh_keys").putArray("ssh_key");
        sshKeys.forEach(keys::add);
        addInterfaces(server.putObject("networking").putObject("interfaces").putArray("interface"));
        ObjectNode disk = server.putObject("storage_devices")
                .putArray("storage_device")
                .addObject()
                .put("action", "clone")
                .put("storage", template)
                .put("title", title.length() > 250 ? title.substring(0, 250) + "-os" : title + "-os");
        if (storageGb > 0) {
            disk.put("size", storageGb);
        }
        return root;
    }

    private void addInterfaces(ArrayNode interfaces) {
        if (privateNetwork == null) {
            addInterface(interfaces, "public");
            return;
        }
        // The metadata service needs a NIC with DHCP, which the private network need not have.
        addInterface(interfaces, "utility");
        ObjectNode address = addInterface(interfaces, "private");
        ((ObjectNode) interfaces.get(1)).put("network", privateNetwork);
        if (privateIp != null) {
            address.put("address", privateIp);
        }
    }

    private static ObjectNode addInterface(ArrayNode interfaces, String type) {
        return interfaces
                .addObject()
                .put("index", interfaces.size())
                .put("type", type)
                .putObject("ip_addresses")
                .putArray("ip_address")
                .addObject()
                .put("family", "IPv4");
    }
}
