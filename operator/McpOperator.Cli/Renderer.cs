using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Manifests;
using McpOperator.Objects;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Cli;

/// <summary>Servers' children, and what kept some from being made.</summary>
/// <param name="Children">The children in the order in which they would be applied.</param>
/// <param name="Problems">What has to be put right, each with its place in a file.</param>
public sealed record Rendered(IReadOnlyList<IKubernetesObject> Children, IReadOnlyList<ManifestError> Problems);

/// <summary>Makes from files what the operator would make in a cluster, by the same code.</summary>
/// <param name="configuration">The operator's configuration.</param>
/// <param name="defaultNamespace">The namespace of objects that name none.</param>
/// <param name="knativeServed">Whether the imagined cluster has Knative.</param>
public sealed class Renderer(OperatorConfiguration configuration, string defaultNamespace, bool knativeServed)
{
    /// <summary>Stands for the identity that the API server would give.</summary>
    private const string UnknownUid = "00000000-0000-0000-0000-000000000000";

    private static readonly Type[] Kinds = [typeof(MCPServer), typeof(MCPToolConfig), typeof(MCPAccessGrant), typeof(MCPAgentSession), typeof(V1Namespace), typeof(V1ConfigMap)];

    /// <summary>Makes the children of every server in the files.</summary>
    /// <exception cref="ManifestException">A file cannot be read.</exception>
    public Rendered Render(IEnumerable<ManifestSource> sources)
    {
        var manifests = new ManifestReader(Kinds) { AllowOtherKinds = true }.Read(sources);
        var children = new List<IKubernetesObject>();
        var problems = new List<ManifestError>();
        foreach (var manifest in manifests)
        {
            if (manifest.Entity is not MCPServer parsed)
            {
                continue;
            }

            var server = parsed with { Metadata = parsed.Metadata with { NamespaceProperty = NamespaceOf(parsed), Uid = parsed.Metadata.Uid ?? UnknownUid } };
            var observed = Observe(server, manifests);
            problems.AddRange(observed.SpecViolations.Concat(observed.ImageViolations).Select(v => manifest.ErrorAt(v.Field, v.Message)));
            if (!observed.IsAccepted)
            {
                continue;
            }

            if (observed.WorkloadProblem is { } problem)
            {
                problems.Add(manifest.ErrorAt("spec", problem.Message));
            }

            children.AddRange(ServerChildren.Make(observed.ToInput()).Select(child => child.Seal()?.Manifest).OfType<KubernetesEntity>());
        }

        return new(children, problems);
    }

    private MCPServerObserved Observe(MCPServer server, IReadOnlyList<Manifest> manifests)
    {
        var ns = server.Metadata.NamespaceProperty;
        var profile = Find<V1ConfigMap>(server.Spec.PermissionProfile?.Name);
        return MCPServerObserved.Of(server, new Surroundings
        {
            Configuration = configuration,
            Runtime = RuntimeSelection.Of(server.Spec, knativeServed, configuration.Knative),
            NamespaceLabels = manifests.Select(m => m.Entity).OfType<V1Namespace>().FirstOrDefault(n => n.Metadata.Name == ns)?.Metadata.Labels,
            ToolConfig = Find<MCPToolConfig>(server.Spec.ToolConfigRef?.Name),
            Profile = profile?.Metadata.Labels?.GetValueOrDefault(Labels.PermissionProfile) == "true" ? profile : null,
        });

        T? Find<T>(string? name) where T : KubernetesEntity =>
            manifests.Select(m => m.Entity).OfType<T>().FirstOrDefault(e => e.Metadata.Name == name && NamespaceOf(e) == ns);
    }

    private string NamespaceOf(KubernetesEntity entity) => entity.Metadata.NamespaceProperty ?? defaultNamespace;
}
