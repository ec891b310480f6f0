namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether servers' network policies let in the gateway that Knative uses.</summary>
internal sealed class KnativeIngress : ICheck
{
    private const string Settings = "config-network";

    private static readonly Dictionary<string, string[]> Gateways = new()
    {
        ["kourier.ingress.networking.knative.dev"] = ["kourier-system"],
        ["istio.ingress.networking.knative.dev"] = ["istio-system"],
        ["contour.ingress.networking.knative.dev"] = ["contour-external", "contour-internal"],
    };

    public string Name => "knative-ingress";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (await patient.SettingsAsync(Knative.Namespace, Settings, ct) is not { } settings)
        {
            yield return Finding.Ok($"There is no ConfigMap {Knative.Namespace}/{Settings}; nothing is known of Knative's gateway.");
            yield break;
        }

        var name = settings.GetValueOrDefault("ingress-class") ?? settings.GetValueOrDefault("ingress.class") ?? "istio.ingress.networking.knative.dev";
        var let = patient.Configuration.Network.GatewayNamespaces;
        var missing = Gateways.GetValueOrDefault(name, []).Append(Knative.Namespace).Except(let).ToList();
        yield return missing.Count > 0
            ? Finding.Problem($"Knative's gateway is {name}, and servers' network policies do not let in {string.Join(", ", missing)}: requests hang.", $"Set network.gatewayNamespaces: [{string.Join(", ", let.Concat(missing))}] in the operator's configuration.")
            : Finding.Ok($"Knative's gateway is {name}.");
    }
}
