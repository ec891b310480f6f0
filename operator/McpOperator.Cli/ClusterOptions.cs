using System.CommandLine;
using McpOperator.Kube;

namespace McpOperator.Cli;

/// <summary>The options of commands that speak with a cluster, as kubectl has them.</summary>
internal sealed class ClusterOptions
{
    public Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "The namespace. Default: that of the kubeconfig's context." };

    public Option<string?> Kubeconfig { get; } = new("--kubeconfig") { Description = "The kubeconfig file. Default: $KUBECONFIG, else ~/.kube/config." };

    public Option<string?> Context { get; } = new("--context") { Description = "The kubeconfig's context." };

    public void AddTo(Command command)
    {
        command.Add(Namespace);
        AddConnectionTo(command);
    }

    /// <summary>Without the namespace, for commands that are about more than one.</summary>
    public void AddConnectionTo(Command command)
    {
        command.Add(Kubeconfig);
        command.Add(Context);
    }

    /// <summary>Connects.</summary>
    public KubernetesClient Connect(ParseResult parsed) => new(KubernetesClientConfiguration.Load(parsed.GetValue(Kubeconfig), parsed.GetValue(Context)), TimeProvider.System);

    /// <summary>Connects.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="ns">The namespace that was meant.</param>
    public KubernetesClient Connect(ParseResult parsed, out string ns)
    {
        var connection = KubernetesClientConfiguration.Load(parsed.GetValue(Kubeconfig), parsed.GetValue(Context));
        ns = parsed.GetValue(Namespace) ?? connection.Namespace;
        return new KubernetesClient(connection, TimeProvider.System);
    }
}
