using System.Reflection;
using McpOperator.Cli.Doctor.Checks;
using McpOperator.Kube;
using McpOperator.Manifests;
using McpOperator.Objects;

namespace McpOperator.Cli.Doctor;

/// <summary>Looks at a cluster with every check, one after the other.</summary>
internal static class Diagnosis
{
    private const string ConfigurationName = "mcp-operator", ConfigurationKey = "config.yaml", ConfigurationCheck = "configuration";

    /// <summary>What is not looked at unless it is asked for, because it takes pods.</summary>
    public const string NotChecked = "not checked: whether the network plug-in enforces NetworkPolicies, and whether nodes can pull the images (--probe runs pods that try)";

    private static readonly TimeSpan PodsPatience = TimeSpan.FromMinutes(2);

    private static readonly ICheck[] Checks =
    [
        new ApiServerVersion(), new Definitions(), new Rights(), new OperatorRuns(), new WebhooksAnswer(), new WebhookCertificate(), new Knative(), new KnativeFeatures(),
        new KnativeIngress(), new NetworkNamespaces(), new PrometheusOperator(), new Images(), new Registries(), new Checks.Keycloak(), new Clocks(), new Quotas(),
    ];

    /// <summary>All findings, in the order of the checks.</summary>
    /// <param name="patient">The cluster.</param>
    /// <param name="configFile">The operator's configuration as a file; without one it is read from the cluster.</param>
    /// <param name="probe">Whether to run pods that try what only pods can.</param>
    /// <param name="ct">Stops looking.</param>
    public static async IAsyncEnumerable<Finding> RunAsync(Patient patient, string? configFile, bool probe, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var (configured, finding) = await WithConfigurationAsync(patient, configFile, ct);
        yield return finding with { Check = ConfigurationCheck };
        foreach (var check in probe ? [.. Checks, new Pods(PodsPatience)] : Checks)
        {
            await foreach (var found in GuardedAsync(check, configured, ct))
            {
                yield return found with { Check = check.Name };
            }
        }
    }

    /// <summary>The rights that the code of this very program declares.</summary>
    internal static IEnumerable<DeclaredRight> Declared() => AppDomain.CurrentDomain.GetAssemblies().Append(Assembly.GetEntryAssembly()).OfType<Assembly>()
        .Concat([typeof(Reconcilers.OperatorCaches).Assembly, typeof(KubernetesClient).Assembly, typeof(Webhooks.WebhookOptions).Assembly])
        .Where(a => a.GetName().Name is { } name && (name.StartsWith("McpOperator.", StringComparison.Ordinal) || name == "mcp-operator") && !name.EndsWith(".Tests", StringComparison.Ordinal))
        .Distinct().SelectMany(DeclaredRight.In);

    private static async Task<(Patient, Finding)> WithConfigurationAsync(Patient patient, string? configFile, CancellationToken ct)
    {
        var place = configFile ?? $"ConfigMap {patient.Namespace}/{ConfigurationName}";
        try
        {
            var text = configFile is not null ? await File.ReadAllTextAsync(configFile, ct) : (await patient.SettingsAsync(patient.Namespace, ConfigurationName, ct))?.GetValueOrDefault(ConfigurationKey);
            return text is null
                ? (patient, Finding.Problem($"There is no {place} with {ConfigurationKey}.", "Install the chart or config/manager, or say with --namespace where the operator is."))
                : (patient with { Configuration = ConfigurationFile.Parse(text, place) }, Finding.Ok($"{place} can be read."));
        }
        catch (ManifestException e)
        {
            return (patient, Finding.Problem($"The configuration is wrong, and the operator goes on with the last good one: {string.Join(" ", e.Errors)}", $"Correct {place}."));
        }
        catch (Exception e) when (e is KubernetesException or IOException)
        {
            return (patient, Finding.Problem($"The configuration cannot be read: {e.Message}", "Run the command as somebody who may read it."));
        }
    }

    private static async IAsyncEnumerable<Finding> GuardedAsync(ICheck check, Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var (found, trouble) = (new List<Finding>(), (Finding?)null);
        try
        {
            await foreach (var finding in check.RunAsync(patient, ct))
            {
                found.Add(finding);
            }
        }
        catch (KubernetesException e)
        {
            trouble = Finding.Warning($"Could not be looked at: {e.Message}", "Run the command as somebody who may read it.");
        }

        foreach (var finding in trouble is null ? found : [.. found, trouble])
        {
            yield return finding;
        }
    }
}
