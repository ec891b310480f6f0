using System.CommandLine;
using McpOperator.Webhooks;
using Serilog.Events;

namespace McpOperator.Host;

/// <summary><c>mcp-operator run</c></summary>
internal static class RunCommand
{
    private enum LogFormat
    {
        Text,
        Json,
    }

    public static Command Create()
    {
        var config = new Option<string?>("--config") { Description = "The operator's configuration file; read again when it changes." };
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "The kubeconfig file. Default: the pod's account, else $KUBECONFIG, else ~/.kube/config." };
        var context = new Option<string?>("--context") { Description = "The kubeconfig's context." };
        var ns = new Option<string?>("--namespace") { Description = "Look after this namespace only." };
        var leaseNamespace = new Option<string>("--lease-namespace") { Description = "The namespace of the leader's lease.", DefaultValueFactory = _ => "mcp-operator-system" };
        var leaderElection = new Option<bool>("--leader-election") { Description = "Of several replicas let one work.", DefaultValueFactory = _ => true };
        var lease = new Option<int>("--lease-seconds") { Description = "Seconds after which a silent leader is replaced (at least 3).", DefaultValueFactory = _ => 15 };
        var workers = new Option<int>("--workers") { Description = "Servers reconciled at the same time.", DefaultValueFactory = _ => 16 };
        var health = new Option<string>("--health-address") { Description = "Where /healthz and /readyz are served.", DefaultValueFactory = _ => "0.0.0.0:8081" };
        var metrics = new Option<string>("--metrics-address") { Description = "Where /metrics is served.", DefaultValueFactory = _ => "0.0.0.0:8080" };
        var webhook = new Option<string?>("--webhook-address") { Description = "Where admission webhooks are served, such as 0.0.0.0:9443. Default: nowhere." };
        var webhookUrl = new Option<string?>("--webhook-url") { Description = "The URL at which API servers reach the webhooks when no Service leads here; the operator then registers them itself." };
        var webhookCertificates = new Option<string?>("--webhook-cert-dir") { Description = "A folder with tls.crt and tls.key that others look after, such as cert-manager. Default: the operator makes and renews its own." };
        var webhookService = new Option<string>("--webhook-service") { Description = "The Service that leads to the webhooks, in the lease's namespace; the Secret with their certificates has the same name.", DefaultValueFactory = _ => WebhookOptions.DefaultService };
        webhookUrl.Validators.Add(result => { if (result.GetValueOrDefault<string?>() is { } url && UrlOf(url) is not { Scheme: "https", PathAndQuery: "/" }) { result.AddError("--webhook-url: an https URL without a path, such as https://127.0.0.1:9443."); } });
        var level = new Option<LogEventLevel>("--log-level") { Description = "The least grave level that is logged.", DefaultValueFactory = _ => LogEventLevel.Information };
        var format = new Option<LogFormat>("--log-format") { Description = "text or json.", DefaultValueFactory = _ => LogFormat.Text };
        lease.Validators.Add(result => { if (result.GetValueOrDefault<int>() < 3) { result.AddError("--lease-seconds: at least 3; a shorter lease cannot be renewed in time."); } });
        workers.Validators.Add(result => { if (result.GetValueOrDefault<int>() is < 1 or > 256) { result.AddError("--workers: from 1 to 256."); } });
        var command = new Command("run", "Run the operator until it is told to stop.")
        {
            config, kubeconfig, context, ns, leaseNamespace, leaderElection, lease, workers, health, metrics, webhook, webhookUrl, webhookCertificates, webhookService, level, format,
        };
        command.SetAction((parsed, ct) => OperatorHost.RunAsync(
            new RunOptions
            {
                ConfigFile = parsed.GetValue(config),
                Kubeconfig = parsed.GetValue(kubeconfig),
                Context = parsed.GetValue(context),
                Namespace = parsed.GetValue(ns),
                LeaseNamespace = parsed.GetValue(leaseNamespace)!,
                LeaderElection = parsed.GetValue(leaderElection),
                LeaseDuration = TimeSpan.FromSeconds(parsed.GetValue(lease)),
                Workers = parsed.GetValue(workers),
                HealthAddress = parsed.GetValue(health)!,
                MetricsAddress = parsed.GetValue(metrics)!,
                WebhookAddress = parsed.GetValue(webhook),
                WebhookUrl = UrlOf(parsed.GetValue(webhookUrl)),
                WebhookCertificates = parsed.GetValue(webhookCertificates),
                WebhookService = parsed.GetValue(webhookService)!,
                LogLevel = parsed.GetValue(level),
                LogJson = parsed.GetValue(format) == LogFormat.Json,
            },
            ct));
        return command;
    }

    private static Uri? UrlOf(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var url) ? url : null;
}
