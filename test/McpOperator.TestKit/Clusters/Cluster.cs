using System.Globalization;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.TestKit;

/// <summary>A real API server with our CRDs, and what tests need to look at it and to hurt it.</summary>
public sealed class Cluster : IAsyncDisposable
{
    /// <summary>The account of an operator that uses <see cref="OperatorKubeconfig"/>, as the API server calls it.</summary>
    public const string OperatorUser = $"system:serviceaccount:{OperatorNamespace}:mcp-operator";

    private const string OperatorNamespace = "mcp-operator-system";

    private static readonly ResourceType Definition = ResourceType.Of<V1CustomResourceDefinition>();

    private static readonly System.Collections.Concurrent.ConcurrentBag<AuditedRequest> Past = [];

    private readonly ScriptCluster _script;
    private int _namespaces;

    private Cluster(ScriptCluster script) => _script = script;

    /// <summary>The API server, as a user sees it.</summary>
    public KubeApi Api { get; private set; } = null!;

    /// <summary>The API server's record of writes.</summary>
    public AuditLog Audit { get; private set; } = null!;

    /// <summary>The path of the admin's kubeconfig.</summary>
    public string Kubeconfig => _script.Info["KUBECONFIG"];

    /// <summary>The path of a kubeconfig with the rights that the operator has where it is installed, and no others.</summary>
    public string OperatorKubeconfig => Path.Combine(Folder, "operator.kubeconfig");

    /// <summary>Everything that operators with those rights asked of clusters that are gone.</summary>
    public static IReadOnlyCollection<AuditedRequest> PastRequests => Past;

    /// <summary>The path of a kubectl; nothing where the cluster has none.</summary>
    public string? Kubectl => _script.Info.GetValueOrDefault("MCP_CLUSTER_KUBECTL");

    /// <summary>Where the node pulls images from: host and port.</summary>
    public string Registry => OfNode("MCP_CLUSTER_REGISTRY");

    /// <summary>Where the API server listens, for pods and for this machine: address and port.</summary>
    public string ApiServer => OfNode("MCP_CLUSTER_API_SERVER");

    /// <summary>The API server's minor version: 20 for 1.20.</summary>
    public int MinorVersion { get; private set; }

    /// <summary>A folder that goes with the cluster.</summary>
    public string Folder => _script.Folder;

    /// <summary>Starts a cluster that has our CRDs and, unless told otherwise, Knative's and the Prometheus Operator's.</summary>
    /// <param name="purpose">A word that tells the cluster from others of this test run.</param>
    /// <param name="log">Gets what happens.</param>
    /// <param name="optional">Whether Knative's and the Prometheus Operator's CRDs are there from the start.</param>
    /// <param name="ours">Whether our CRDs and the operator's account are.</param>
    /// <param name="node">Whether pods run.</param>
    /// <exception cref="NoNodeException">This machine cannot have a node.</exception>
    public static async Task<Cluster> StartAsync(string purpose, Action<string> log, bool optional = true, bool ours = true, bool node = false)
    {
        var cluster = new Cluster(new ScriptCluster(purpose, log, node));
        try
        {
            await cluster._script.StartAsync();
            cluster.Api = KubeApi.FromKubeconfig(cluster.Kubeconfig);
            cluster.Audit = new AuditLog(cluster._script.Info.GetValueOrDefault("MCP_CLUSTER_AUDIT_LOG") ?? throw new NotSupportedException(
                "this cluster shows no audit log, and only that tells who wrote what; use another provider"));
            var version = await cluster.Api.SendAsync(HttpMethod.Get, "/version");
            cluster.MinorVersion = int.Parse(new string([.. ((string)version.Body["minor"]!).TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);
            if (ours)
            {
                await cluster.InstallOursAsync();
            }

            if (optional)
            {
                await cluster.InstallKnativeAsync();
                await cluster.InstallPrometheusOperatorAsync();
            }

            // The garbage collector looks for new kinds only now and then.
            await cluster.RestartControllerManagerAsync();
            await cluster.CreateNamespaceAsync(OperatorNamespace);
            if (ours)
            {
                await cluster.MakeOperatorAccountAsync();
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a namespace of a test's own.</summary>
    public async Task<string> NewNamespaceAsync()
    {
        var name = $"t{Interlocked.Increment(ref _namespaces)}-{Environment.ProcessId}";
        await CreateNamespaceAsync(name);
        return name;
    }

    /// <summary>Installs the definitions of our kinds.</summary>
    public async Task InstallOursAsync()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "crds", "bases"), $"{ApiGroup.Name}_*.yaml"))
        {
            await InstallAsync(YamlJson.ReadAll(file)[0]!.AsObject());
        }
    }

    public Task InstallKnativeAsync() => InstallAsync(ReadDefinition("serving.knative.dev_service.yaml", "knative-service.yaml"));

    public async Task InstallPrometheusOperatorAsync()
    {
        await InstallAsync(ReadDefinition("monitoring.coreos.com_servicemonitors.yaml", "servicemonitor.yaml"));
        await InstallAsync(ReadDefinition("monitoring.coreos.com_prometheusrules.yaml", "prometheusrule.yaml"));
    }

    /// <summary>Installs definitions that lie in <c>hack/cluster/crds</c>.</summary>
    public async Task InstallAsync(string file)
    {
        foreach (var definition in YamlJson.ReadAll(Path.Combine(Repository.Root, "hack", "cluster", "crds", file)))
        {
            await InstallAsync(definition!.AsObject());
        }
    }

    /// <summary>Deletes a CRD and with it all objects of its kind.</summary>
    public async Task UninstallAsync(string definition)
    {
        await Api.DeleteAsync(Definition, null, definition);
        await Eventually.Becomes(() => Api.FindAsync(Definition, null, definition), found => found is null, $"CRD {definition} goes");
    }

    public Task RestartControllerManagerAsync() => _script.RunAsync("restart-controller-manager");

    /// <summary>Puts images, as <c>hack/images.sh</c> makes them, into the node's registry.</summary>
    /// <returns>Their references by digest, by name.</returns>
    public async Task<IReadOnlyDictionary<string, string>> PushAsync(IEnumerable<string> archives) =>
        Lines.Parse(await _script.RunAsync("push", [.. archives]));

    public Task KillApiServerAsync() => _script.RunAsync("kill-apiserver");

    public Task StartApiServerAsync() => _script.RunAsync("start-apiserver");

    public async ValueTask DisposeAsync()
    {
        foreach (var request in Audit?.RequestsOf(OperatorUser) ?? [])
        {
            Past.Add(request);
        }

        Api?.Dispose();
        await _script.DisposeAsync();
    }

    private string OfNode(string what) =>
        _script.Info.GetValueOrDefault(what) ?? throw new InvalidOperationException("this cluster was started without a node");

    /// <summary>A token for an account, and a kubeconfig with it.</summary>
    /// <param name="ns">The account's namespace.</param>
    /// <param name="account">The account.</param>
    /// <param name="path">Where the kubeconfig is written.</param>
    public async Task WriteKubeconfigAsync(string ns, string account, string path)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject { ["expirationSeconds"] = 86400 },
        };
        var answer = await Api.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/serviceaccounts/{account}/token", request);
        var kubeconfig = YamlJson.ReadAll(Kubeconfig)[0]!;
        kubeconfig["users"]![0]!["user"] = new JsonObject { ["token"] = (string)(answer.IsGood ? answer : throw new KubeRefusedException($"POST token of {ns}/{account}", answer)).Body["status"]!["token"]! };
        await File.WriteAllTextAsync(path, kubeconfig.ToJsonString(KubernetesJson.Options));
    }

    /// <summary>Lets the operator register its webhooks itself, as --webhook-url wants; where a Service leads to them it only patches what is installed.</summary>
    public async Task AllowSelfRegistrationAsync()
    {
        await Api.ApplyAsync(JsonNode.Parse("""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "mcp-operator-webhook-url"}, "rules": [{
              "apiGroups": ["admissionregistration.k8s.io"], "resources": ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"], "verbs": ["create", "patch"]}]}
            """)!.AsObject());
        await Api.ApplyAsync(JsonNode.Parse("""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "mcp-operator-webhook-url"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "mcp-operator-webhook-url"},
             "subjects": [{"kind": "ServiceAccount", "name": "mcp-operator", "namespace": "mcp-operator-system"}]}
            """)!.AsObject());
    }

    /// <summary>The rights that <c>config/rbac</c> gives: what the operator does in tests it can do where it is installed.</summary>
    private async Task MakeOperatorAccountAsync()
    {
        foreach (var file in (string[])["service_account.yaml", "role.yaml", "role_binding.yaml"])
        {
            foreach (var manifest in YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "rbac", file)))
            {
                await Api.ApplyAsync(manifest!.AsObject());
            }
        }

        await WriteKubeconfigAsync(OperatorNamespace, "mcp-operator", OperatorKubeconfig);
    }

    private async Task CreateNamespaceAsync(string name)
    {
        var answer = await Api.SendAsync(HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });
        if (!answer.IsGood && answer.Code != System.Net.HttpStatusCode.Conflict)
        {
            throw new KubeRefusedException($"POST namespaces {name}", answer);
        }
    }

    private async Task InstallAsync(JsonObject definition)
    {
        var name = (string)definition["metadata"]!["name"]!;
        if (MinorVersion < 25)
        {
            DropEmptyDefaults(definition);
        }

        if (await Api.FindAsync(Definition, null, name) is null)
        {
            await Api.CreateAsync(Definition, null, definition);
        }

        await Eventually.Becomes(
            () => Api.FindAsync(Definition, null, name),
            crd => crd?["status"]?["conditions"]?.AsArray().Any(c => (string?)c!["type"] == "Established" && (string?)c["status"] == "True") == true,
            $"CRD {name} is established");
    }

    /// <summary>The other project's real definition where it lies somewhere beside this tree, else our small one.</summary>
    private static JsonObject ReadDefinition(string real, string ours)
    {
        for (var folder = Path.GetDirectoryName(Repository.Root); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var file = Path.Combine(folder, "shared", "crds", real);
            if (File.Exists(file))
            {
                return YamlJson.ReadAll(file)[0]!.AsObject();
            }
        }

        return YamlJson.ReadAll(Path.Combine(Repository.Root, "hack", "cluster", "crds", ours))[0]!.AsObject();
    }

    /// <summary>API servers before 1.25 take an empty default for null, and refuse it. A list's key must have a default or be required.</summary>
    private static void DropEmptyDefaults(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                if (map["x-kubernetes-list-map-keys"] is JsonArray keys)
                {
                    var items = map["items"]!.AsObject();
                    var required = (items["required"]?.AsArray().Select(r => (string?)r) ?? [])
                        .Union(keys.Select(k => (string?)k).Where(k => items["properties"]![k!]!["default"] is JsonValue v && v.ToString().Length == 0));
                    items["required"] = new JsonArray([.. required.Select(r => JsonValue.Create(r))]);
                }

                if (map["default"] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length == 0)
                {
                    map.Remove("default");
                }

                foreach (var (_, inner) in map)
                {
                    DropEmptyDefaults(inner);
                }

                break;
            case JsonArray list:
                foreach (var inner in list)
                {
                    DropEmptyDefaults(inner);
                }

                break;
            default:
                break;
        }
    }
}
