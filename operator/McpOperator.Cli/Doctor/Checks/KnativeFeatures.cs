namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether Knative takes the pods that servers need.</summary>
internal sealed class KnativeFeatures : ICheck
{
    private const string Settings = "config-features", Containers = "multi-container", EmptyFolders = "kubernetes.podspec-volumes-emptydir", InitContainers = "kubernetes.podspec-init-containers";

    public string Name => "knative-features";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (await patient.SettingsAsync(Knative.Namespace, Settings, ct) is not { } flags)
        {
            yield return Finding.Ok($"There is no ConfigMap {Knative.Namespace}/{Settings}; Knative's defaults hold.");
            yield break;
        }

        foreach (var flag in (string[])[Containers, EmptyFolders])
        {
            yield return flags.TryGetValue(flag, out var value) && !IsEnabled(value)
                ? Finding.Problem($"Knative's {flag} is {value}: it refuses servers, whose pods have two containers and an empty folder.", Set(flag))
                : Finding.Ok($"Knative's {flag} is enabled.");
        }

        var (has, wants) = (flags.TryGetValue(InitContainers, out var init) && IsEnabled(init), patient.Configuration.Knative.InitContainers);
        yield return (has, wants) switch
        {
            (false, true) => Finding.Problem($"The configuration says knative.initContainers, and Knative's {InitContainers} is not enabled: it refuses stdio servers.", Set(InitContainers)),
            (true, false) => Finding.Warning($"Knative's {InitContainers} is enabled, and the configuration does not say knative.initContainers: stdio servers run as Deployments.", "Set knative.initContainers: true in the operator's configuration."),
            _ => Finding.Ok(wants ? "stdio servers can run on Knative." : "stdio servers run as Deployments."),
        };
    }

    private static bool IsEnabled(string value) => value.Equals("Enabled", StringComparison.OrdinalIgnoreCase);

    private static string Set(string flag) => $"kubectl -n {Knative.Namespace} patch configmap {Settings} --type merge -p '{{\"data\":{{\"{flag}\":\"enabled\"}}}}'";
}
