using System.CommandLine;
using System.Text.Json.Nodes;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Cli.Doctor;

/// <summary><c>mcp-operator doctor</c></summary>
internal static class DoctorCommand
{
    private enum Format
    {
        Text,
        Json,
    }

    public static Command Create()
    {
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "The kubeconfig file. Default: the pod's account, else $KUBECONFIG, else ~/.kube/config." };
        var context = new Option<string?>("--context") { Description = "The kubeconfig's context." };
        var ns = new Option<string>("--namespace", "-n") { Description = "Where the operator is installed.", DefaultValueFactory = _ => "mcp-operator-system" };
        var config = new Option<string?>("--config") { Description = "The operator's configuration as a file, instead of the one in the cluster." };
        var output = new Option<Format>("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => Format.Text };
        var probe = new Option<bool>("--probe") { Description = "Also run four pods for a moment, in the operator's namespace, that find out whether NetworkPolicies are enforced and images can be pulled." };
        var command = new Command("doctor", "Look whether a cluster has what servers need, and say how to put right what it has not. Exit code 1 when there is a problem.") { kubeconfig, context, ns, config, output, probe };
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            try
            {
                var (path, name) = (parsed.GetValue(kubeconfig), parsed.GetValue(context));
                using var client = new KubernetesClient(path is null && name is null && KubernetesClientConfiguration.IsInCluster ? KubernetesClientConfiguration.InCluster() : KubernetesClientConfiguration.Load(path, name));
                var findings = new List<Finding>();
                await foreach (var finding in Diagnosis.RunAsync(new Patient(client, parsed.GetValue(ns)!, TimeProvider.System), parsed.GetValue(config), parsed.GetValue(probe), ct))
                {
                    findings.Add(finding);
                    if (parsed.GetValue(output) == Format.Text)
                    {
                        await stdout.WriteAsync(Line(finding));
                    }
                }

                if (parsed.GetValue(output) == Format.Json)
                {
                    await stdout.WriteLineAsync(Json(findings));
                }

                if (!parsed.GetValue(probe))
                {
                    await stderr.WriteLineAsync(Diagnosis.NotChecked);
                }

                return findings.Any(f => f.Severity == Severity.Problem) ? Commands.InputError : 0;
            }
            catch (Exception e) when (e is KubernetesConfigException or KubernetesConnectionException)
            {
                await stderr.WriteLineAsync($"The cluster cannot be reached: {e.Message}");
                return Commands.InputError;
            }
        }));
        return command;
    }

    private static string Line(Finding finding)
    {
        var sign = finding.Severity switch { Severity.Ok => "ok     ", Severity.Warning => "warning", _ => "PROBLEM" };
        return $"{sign} {finding.Check}: {finding.Message}\n{(finding.Fix.Length > 0 ? $"        -> {finding.Fix}\n" : "")}";
    }

    private static string Json(IEnumerable<Finding> findings) => new JsonArray([.. findings.Select(f => new JsonObject
    {
        ["check"] = f.Check,
        ["severity"] = f.Severity.ToString(),
        ["message"] = f.Message,
        ["fix"] = f.Fix,
    })]).ToJsonString(new(KubernetesJson.Options) { WriteIndented = true });
}
