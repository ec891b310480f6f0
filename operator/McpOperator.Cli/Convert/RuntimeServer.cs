using System.Text.Json.Nodes;
using McpOperator.Admission.Images;

namespace McpOperator.Cli.Convert;

/// <summary>mcp-runtime's <c>MCPServer</c>.</summary>
internal sealed class RuntimeServer(ConversionOptions options)
{
    private const int Port = 8088;
    private const int ServicePort = 80;

    public JsonObject Convert(Fields spec, string? ns)
    {
        var made = new JsonObject { ["image"] = Image(spec), ["transport"] = "streamable-http" };
        ToolHiveServer.Pinned(spec, (string?)made["image"]);
        if (spec.Texts("imagePullSecrets") is { } secrets)
        {
            made["imagePullSecrets"] = new JsonArray([.. secrets.Select(s => new JsonObject { ["name"] = s })]);
        }

        Variables(spec, made);
        ToolHiveServer.Put(made, "resources", spec.Same("resources"));
        // Their defaults are not ours.
        made["port"] = spec.Number("servicePort") ?? ServicePort;
        made["targetPort"] = spec.Number("port") ?? Port;
        Address(spec, made);
        ToolHiveServer.Replicas(spec, made, "replicas");
        Tools(spec, made);
        Auth(spec, made);
        Access(spec, made);
        spec.NoCounterpart("teamID", "A tenant is its namespaces: label them mcpoperator.io/tenant=<tenant>.");
        spec.NoCounterpart("description", "What models read are the tools' descriptions.");
        spec.NoCounterpart("gateway", "A proxy stands in front of every server; its resources are set for all in the operator's configuration (proxy.resources).");
        spec.NoCounterpart("analytics", "Calls are counted by the proxy's metrics, and recorded on its standard output (audit).");
        spec.NoCounterpart("rollout", "A new version that says something different to models waits for approval; others roll over as the workload does.");
        foreach (var field in (string[])["prompts", "mcpResources", "tasks"])
        {
            spec.NoCounterpart(field, "Tools are declared and governed; this was an inventory only.");
        }

        return made;
    }

    private static string? Image(Fields spec)
    {
        var (image, tag, registry) = (spec.Text("image"), spec.Text("imageTag"), spec.Text("registryOverride"));
        spec.NoCounterpart("useProvisionedRegistry", "There is no registry of the platform's own.");
        if (image is null)
        {
            return null;
        }

        var reference = ImageReference.TryParse(image);
        if (!string.IsNullOrEmpty(registry))
        {
            // The first part is a registry only if it looks like a host.
            var slash = image.IndexOf('/', StringComparison.Ordinal);
            var hasHost = slash > 0 && image[..slash].AsSpan().ContainsAny('.', ':');
            image = $"{registry.TrimEnd('/')}/{(hasHost ? image[(slash + 1)..] : image)}";
        }

        var last = image[(image.LastIndexOf('/') + 1)..];
        return reference is { IsPinned: true } || last.Contains(':', StringComparison.Ordinal) ? image : $"{image}:{(string.IsNullOrEmpty(tag) ? "latest" : tag)}";
    }

    private static void Variables(Fields spec, JsonObject made)
    {
        ToolHiveServer.Put(made, "env", spec.Same("envVars"));
        var secrets = new JsonArray();
        foreach (var variable in spec.Groups("secretEnvVars"))
        {
            var (name, reference) = (variable.Text("name"), variable.Group("secretKeyRef"));
            secrets.Add(new JsonObject { ["name"] = reference?.Text("name"), ["key"] = reference?.Text("key"), ["targetEnvName"] = name });
            reference?.Done();
            variable.Done();
        }

        if (secrets.Count > 0)
        {
            made["secrets"] = secrets;
        }
    }

    private void Address(Fields spec, JsonObject made)
    {
        var (path, host, prefix) = (spec.Text("ingressPath"), spec.Text("ingressHost"), spec.Text("publicPathPrefix"));
        spec.NoCounterpart("ingressClass", "Knative's ingress is set up once for the cluster.");
        spec.NoCounterpart("ingressAnnotations", "Knative's ingress is set up once for the cluster.");
        var own = (made["env"] as JsonArray ?? []).Select(e => e as JsonObject).FirstOrDefault(e => (string?)e?["name"] == "MCP_PATH");
        if ((string?)own?["value"] is { Length: > 0 } listens)
        {
            made["path"] = listens;
            spec.Note("envVars", $"MCP_PATH says where the server listens, and so does path: {listens}.");
        }

        var was = $"{host}{path ?? (string.IsNullOrEmpty(prefix) ? "/<name>/mcp" : $"/{prefix.Trim('/')}/mcp")}";
        if (options.KeepOpen)
        {
            made["visibility"] = "External";
        }

        spec.Note("publicPathPrefix", $"clients reached it at {was}. Its address here stands in status.url{(options.KeepOpen ? "" : ", inside the cluster only, unless you write visibility: External")}.{(own is null ? $" If the server itself listens under another path than /mcp, write path." : "")}");
    }

    private static void Tools(Fields spec, JsonObject made)
    {
        var tools = new JsonArray();
        foreach (var tool in spec.Groups("tools"))
        {
            var one = new JsonObject { ["name"] = tool.Text("name") };
            ToolHiveServer.Put(one, "description", tool.Text("description"));
            ToolHiveServer.Put(one, "requiredTrust", tool.Choice("requiredTrust", ("low", "low"), ("medium", "medium"), ("high", "high")));
            if (tool.Choice("sideEffect", ("read", "read"), ("write", "write"), ("destructive", "destructive")) is { } effect)
            {
                one["sideEffect"] = effect;
            }
            else
            {
                one["sideEffect"] = "destructive";
                tool.Note("sideEffect", "was not said; destructive is the safe answer, because only grants that name it allow such a tool.");
            }

            tool.NoCounterpart("riskLevel", "It was for display only.");
            tool.NoCounterpart("labels", "They were for display only.");
            tool.Done();
            tools.Add(one);
        }

        if (tools.Count > 0)
        {
            made["tools"] = tools;
        }
    }

    private static void Auth(Fields spec, JsonObject made)
    {
        if (spec.Group("auth") is not { } auth)
        {
            spec.Note("auth", "was not given, and whoever wrote a header was believed. Here callers present tokens of the issuer in the operator's configuration.");
            return;
        }

        var mode = auth.Choice("mode", ("none", "none"), ("header", "header"), ("oauth", "oauth"), ("mtls", "mtls")) ?? "header";
        var made2 = new JsonObject();
        if (mode == "oauth")
        {
            made2["type"] = "OIDC";
            ToolHiveServer.Put(made2, "issuer", auth.Text("issuerURL"));
            ToolHiveServer.Put(made2, "audience", auth.Text("audience"));
        }
        else
        {
            auth.Note("mode", $"{mode} has no counterpart. {(mode == "mtls" ? "Callers present tokens." : "Headers that anybody can write are no identity; callers present tokens.")}");
        }

        foreach (var field in (string[])["issuerURL", "audience"])
        {
            auth.NoCounterpart(field, "Callers are known by their tokens.");
        }

        foreach (var field in (string[])["humanIDHeader", "agentIDHeader", "teamIDHeader", "sessionIDHeader"])
        {
            auth.NoCounterpart(field, "Who calls stands in the token's claims (auth.claims).");
        }

        auth.NoCounterpart("tokenHeader", "Tokens come in Authorization, as the specification wants it.");
        auth.NoCounterpart("trustDomain", "Callers present tokens, no SPIFFE ids.");
        auth.Done();
        if (made2.Count > 0)
        {
            made["auth"] = made2;
        }
    }

    /// <summary>What is stricter than the shipped configuration is written; what is laxer, only if somebody asked for it.</summary>
    private void Access(Fields spec, JsonObject made)
    {
        var access = new JsonObject();
        if (spec.Group("policy") is { } policy)
        {
            Laxer(policy, "mode", policy.Choice("mode", ("allow-list", "Enforce"), ("observe", "Observe")), "Observe", "mode");
            Laxer(policy, "defaultDecision", policy.Choice("defaultDecision", ("deny", "Deny"), ("allow", "Allow")), "Allow", "defaultDecision");
            policy.NoCounterpart("enforceOn", "Calls of tools are governed, always.");
            policy.NoCounterpart("policyVersion", "Revisions are counted by the operator.");
            policy.Done();
        }

        if (spec.Group("session") is { } session)
        {
            if (session.Flag("required") == true)
            {
                access["requireSession"] = true;
            }
            else if (options.KeepOpen)
            {
                access["requireSession"] = false;
            }
            else
            {
                session.Note("required", "false is laxer than what is shipped: callers need a session, unless you write access: {requireSession: false} and the operator's configuration permits it.");
            }

            foreach (var field in (string[])["store", "headerName", "maxLifetime", "idleTimeout", "upstreamTokenHeader"])
            {
                session.NoCounterpart(field, field == "upstreamTokenHeader" ? "The caller's token ends at the proxy." : "Sessions are MCPAgentSessions; how long they may last stands in the operator's configuration (sessions).");
            }

            session.Done();
        }

        if (access.Count > 0)
        {
            made["access"] = access;
        }

        void Laxer(Fields from, string field, string? value, string lax, string name)
        {
            if (value is null)
            {
                return;
            }

            if (value != lax || options.KeepOpen)
            {
                access[name] = value;
            }
            else
            {
                from.Note(field, $"{lax} is laxer than what is shipped; write access: {{{name}: {lax}}} if that is meant and the operator's configuration permits it.");
            }
        }
    }
}
