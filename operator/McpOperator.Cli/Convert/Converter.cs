using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Manifests;

namespace McpOperator.Cli.Convert;

/// <summary>What a conversion made.</summary>
/// <param name="Objects">The objects, in the order of the files.</param>
/// <param name="LeftOut">Objects that are none of those that can be converted, a line each.</param>
public sealed record Conversion(IReadOnlyList<Converted> Objects, IReadOnlyList<string> LeftOut);

/// <summary>
/// Says in our words what manifests of ToolHive and mcp-runtime say. Strict: a field that it does not know is an error, and a known field
/// without a counterpart becomes a comment. Nothing is converted unless everything can be.
/// </summary>
/// <param name="options">What a person has decided.</param>
public sealed class Converter(ConversionOptions options)
{
    private const string ToolHive = "toolhive.stacklok.dev";

    /// <summary>The second is what the first releases called themselves.</summary>
    private static readonly string[] Runtime = ["mcpruntime.org", "mcp-runtime.org"];

    /// <summary>Kinds of theirs that become no object of ours, and what stands in for them.</summary>
    private static readonly Dictionary<string, string> NoCounterparts = new(StringComparer.Ordinal)
    {
        ["MCPRemoteProxy"] = "Servers outside the cluster are not fronted.",
        ["MCPServerEntry"] = "There is no catalogue of servers outside the cluster.",
        ["MCPGroup"] = "Servers are grouped by namespace and tenant.",
        ["VirtualMCPServer"] = "Servers are not aggregated; each has an address of its own.",
        ["VirtualMCPCompositeToolDefinition"] = "Servers are not aggregated.",
        ["MCPExternalAuthConfig"] = "Callers' tokens are not exchanged for others; give the server credentials of its own in secrets.",
        ["MCPOIDCConfig"] = "Put its issuer into the operator's configuration (auth.issuer), or into each server's spec.auth.",
        ["MCPAuthzConfig"] = "Say who may call which tools in MCPAccessGrants.",
        ["MCPTelemetryConfig"] = "Metrics are always there; put an OTLP endpoint into each server's spec.telemetry.openTelemetry.",
        ["MCPWebhookConfig"] = "Calls are not sent to webhooks.",
        ["MCPRegistry"] = "Install a registry of servers by its own chart.",
        ["EmbeddingServer"] = "There is no tool optimizer.",
    };

    /// <summary>Converts files.</summary>
    /// <exception cref="ManifestException">Something in them is unknown, or has to be decided first; all of it is named.</exception>
    public Conversion Convert(IEnumerable<ManifestSource> sources)
    {
        var (objects, leftOut, errors) = (new List<Converted>(), new List<string>(), new List<ManifestError>());
        var texts = sources.ToList();
        errors.AddRange(texts.SelectMany(Templates));
        foreach (var manifest in errors.Count > 0 ? [] : new ManifestReader([]) { AllowOtherKinds = true }.Read(texts))
        {
            var (apiVersion, kind, name) = ((string)manifest.Json["apiVersion"]!, (string)manifest.Json["kind"]!, (manifest.Json["metadata"] as JsonObject)?["name"]?.ToString() ?? "");
            var converted = new Converted($"{apiVersion} {kind} {name}");
            if (WayOf(apiVersion.Split('/')[0], kind) is { } way)
            {
                way(manifest, converted, errors);
                objects.Add(converted);
            }
            else if (apiVersion.StartsWith(ToolHive + "/", StringComparison.Ordinal) && NoCounterparts.TryGetValue(kind, out var instead))
            {
                converted.Note(kind, $"has no counterpart. {instead}");
                objects.Add(converted);
            }
            else
            {
                leftOut.Add($"{manifest.File}: {apiVersion} {kind} {name} is left out{(kind is "ServiceMonitor" or "PodMonitor" ? "; the operator makes a ServiceMonitor for every server" : "; it is neither ToolHive's nor mcp-runtime's")}");
            }
        }

        return errors.Count == 0 ? new(objects, leftOut) : throw new ManifestException(errors);
    }

    private Action<Manifest, Converted, List<ManifestError>>? WayOf(string group, string kind) => (group, kind) switch
    {
        (ToolHive, "MCPServer") => Spec("MCPServer", new ToolHiveServer(options).Convert),
        (ToolHive, "MCPToolConfig") => Spec("MCPToolConfig", ToolHiveToolConfig.Convert),
        (_, "MCPServer") when Runtime.Contains(group) => Spec("MCPServer", new RuntimeServer(options).Convert),
        (_, "MCPAccessGrant") when Runtime.Contains(group) => Spec("MCPAccessGrant", RuntimeAccess.Grant),
        (_, "MCPAgentSession") when Runtime.Contains(group) => Spec("MCPAgentSession", (fields, ns) => RuntimeAccess.Session(fields, ns, options.SessionsUntil)),
        _ => null,
    };

    private static Action<Manifest, Converted, List<ManifestError>> Spec(string kind, Func<Fields, string?, JsonObject> convert) => (manifest, into, errors) =>
    {
        var root = new Fields(manifest, manifest.Json, "", into, errors);
        (_, _, _) = (root.Same("apiVersion"), root.Same("kind"), root.Same("status"));
        var metadata = root.Group("metadata") is { } given ? Metadata(given) : [];
        var spec = root.Group("spec");
        if (spec is null)
        {
            root.Problem("spec", "is missing");
            return;
        }

        root.Done();
        into.Manifest = new JsonObject { ["apiVersion"] = $"{ApiGroup.Name}/{ApiGroup.V1Alpha1}", ["kind"] = kind, ["metadata"] = metadata, ["spec"] = convert(spec, (string?)metadata["namespace"]) };
        spec.Done();
    };

    /// <summary>What a person wrote; what API servers and other controllers added stays behind.</summary>
    private static JsonObject Metadata(Fields given)
    {
        var made = new JsonObject { ["name"] = given.Text("name") };
        ToolHiveServer.Put(made, "namespace", given.Text("namespace"));
        ToolHiveServer.Put(made, "labels", given.Same("labels"));
        ToolHiveServer.Put(made, "annotations", given.Same("annotations"));

        if (made["annotations"] is JsonObject annotations)
        {
            foreach (var key in annotations.Select(a => a.Key).Where(k => k.StartsWith("kubectl.kubernetes.io/", StringComparison.Ordinal) || k.Contains("toolhive.stacklok.dev/", StringComparison.Ordinal)).ToList())
            {
                given.Note("annotations", $"{key} is left out");
                annotations.Remove(key);
            }
        }

        foreach (var field in (string[])["creationTimestamp", "generation", "resourceVersion", "uid", "selfLink", "managedFields", "finalizers", "ownerReferences", "deletionTimestamp", "deletionGracePeriodSeconds"])
        {
            _ = given.Same(field);
        }

        given.Done();
        return made;
    }

    /// <summary>A chart's templates are no YAML yet, and would give errors that lead nowhere.</summary>
    private static IEnumerable<ManifestError> Templates(ManifestSource source) =>
        from line in source.Text.Split('\n').Index()
        let column = line.Item.IndexOf("{{", StringComparison.Ordinal)
        where column >= 0 && line.Item.Contains("}}", StringComparison.Ordinal)
        select new ManifestError(source.File, line.Index + 1, column + 1, "", "is a template of a chart; convert what it becomes: helm template <chart> | mcp-operator convert -f -");
}
