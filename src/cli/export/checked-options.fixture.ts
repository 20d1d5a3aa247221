/**
 * Option names as the trainers' own sources have them, written down from there and not from the templates. Where a
 * trainer renames one, this list and the template change together.
 * @module
 */

const names = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

/** Fields of the dataclass `trl.GRPOConfig` of TRL 1.16.0; `npm run test:trainers` compares with the one installed. */
export const TRL_FIELDS = names(`
  accelerator_config activation_checkpointing activation_checkpointing_kwargs adam_beta1 adam_beta2
  adam_epsilon auto_find_batch_size average_tokens_across_devices batch_eval_metrics beta bf16
  bf16_full_eval cache_implementation cast_lm_head_to_fp32 chat_template_kwargs data_seed
  dataloader_drop_last dataloader_in_order dataloader_multiprocessing_context dataloader_num_workers
  dataloader_persistent_workers dataloader_pin_memory dataloader_prefetch_factor ddp_backend
  ddp_broadcast_buffers ddp_bucket_cap_mb ddp_find_unused_parameters ddp_static_graph ddp_timeout debug
  deepspeed delta disable_dropout disable_tqdm do_eval do_predict do_train ds3_gather_for_generation
  enable_jit_checkpoint entropy_coef entropy_coef_delta entropy_coef_max entropy_coef_min entropy_target
  epsilon epsilon_high eval_accumulation_steps eval_delay eval_do_concat_batches eval_on_start eval_steps
  eval_strategy eval_use_gather_object fp16 fp16_full_eval fsdp fsdp_config full_determinism
  generation_batch_size generation_kwargs gradient_accumulation_steps gradient_checkpointing
  gradient_checkpointing_kwargs greater_is_better hub_always_push hub_model_id hub_private_repo
  hub_revision hub_strategy hub_token ignore_data_skip importance_sampling_level include_for_metrics
  include_num_input_tokens_seen label_names label_smoothing_factor learning_rate length_column_name
  liger_kernel_config load_best_model_at_end local_rank log_completions log_completions_hub_repo log_level
  log_level_replica log_multimodal log_on_each_node log_unique_prompts logging_first_step
  logging_nan_inf_filter logging_steps logging_strategy loss_type lr_scheduler_kwargs lr_scheduler_type
  mask_truncated_completions max_completion_length max_grad_norm max_steps max_tool_calling_iterations
  metric_for_best_model min_p model_init_kwargs multi_objective_aggregation neftune_noise_alpha
  num_completions_to_print num_generations num_generations_eval num_iterations num_train_epochs
  off_policy_mask_threshold optim optim_args optim_target_modules output_dir pad_to_multiple_of
  parallelism_config per_device_eval_batch_size per_device_train_batch_size prediction_loss_only project
  push_to_hub ref_model_mixup_alpha ref_model_sync_steps remove_unused_columns repetition_penalty
  report_to restore_callback_states_from_checkpoint resume_from_checkpoint reward_weights
  router_aux_loss_coef run_name sapo_temperature_neg sapo_temperature_pos save_on_each_node
  save_only_model save_steps save_strategy save_total_limit scale_rewards seed shuffle_dataset
  skip_memory_metrics steps_per_generation sync_ref_model temperature tf32 top_entropy_quantile top_k
  top_p torch_compile torch_compile_backend torch_compile_mode torch_empty_cache_steps trackio_bucket_id
  trackio_space_id trackio_static_space_id train_sampling_strategy transformers_continuous_batching_config
  trust_remote_code use_adaptive_entropy use_bias_correction_kl use_cache use_cpu use_liger_kernel
  use_transformers_continuous_batching use_transformers_paged use_vllm vespo_k_neg vespo_k_pos
  vespo_lambda_neg vespo_lambda_pos vllm_enable_sleep_mode vllm_gpu_memory_utilization vllm_group_port
  vllm_importance_sampling_cap vllm_importance_sampling_clip_max vllm_importance_sampling_clip_min
  vllm_importance_sampling_correction vllm_importance_sampling_mode vllm_max_model_length vllm_mode
  vllm_model_impl vllm_server_base_url vllm_server_host vllm_server_port vllm_server_timeout
  vllm_structured_outputs_regex vllm_tensor_parallel_size warmup_steps weight_decay
`);

/** `add_argument` of openrlhf/cli/train_ppo_ray.py at OpenRLHF 03912e47ef6c77d1a9f87fcd186218a28d2b0098. */
export const OPENRLHF_FLAGS = names(`
  --ref.num_nodes --ref.num_gpus_per_node --ref.offload --reward.num_nodes --reward.num_gpus_per_node
  --reward.model_name_or_path --reward.remote_url --reward.normalize_enable --reward.clip_range --reward.offload
  --reward.overlong_buffer_len --reward.overlong_penalty_factor --reward.stop_properly_penalty_coef
  --actor.num_nodes --actor.num_gpus_per_node --actor.model_name_or_path --actor.gradient_checkpointing_enable
  --actor.eps_clip --actor.eps_clip_low_high --actor.dual_clip --actor.policy_loss_type --actor.entropy_coef
  --actor.optim --actor.adam.lr --actor.adam.betas --actor.adam.weight_decay --actor.lr_scheduler
  --actor.lr_warmup_ratio --actor.min_lr_ratio --actor.max_norm --critic.num_nodes --critic.num_gpus_per_node
  --critic.model_name_or_path --critic.value_clip --critic.freezing_steps --critic.save_value_network
  --algo.kl.target --algo.kl.horizon --algo.kl.init_coef --algo.kl.estimator --algo.kl.use_loss
  --algo.kl.unbiased_gradient --algo.advantage.estimator --algo.advantage.lambd --algo.advantage.gamma
  --algo.advantage.no_std_norm --algo.dynamic_filtering_enable --algo.dynamic_filtering_range
  --algo.dynamic_filtering_std_threshold --rollout.batch_size --rollout.micro_batch_size
  --rollout.max_tokens_per_gpu --rollout.max_new_tokens --rollout.n_samples_per_prompt --rollout.temperature
  --rollout.top_p --rollout.vllm_generate_batch_size --train.batch_size --train.micro_batch_size
  --train.max_epochs --train.num_episodes --train.seed --train.colocate_all --train.colocate_actor_ref
  --train.dynamic_batch_enable --train.max_tokens_per_gpu --train.agent_func_path --data.prompt_dataset
  --data.prompt_probs --data.prompt_split --data.input_key --data.label_key --data.input_template
  --data.apply_chat_template --data.max_len --data.max_samples --eval.dataset --eval.split --eval.steps
  --vllm.num_engines --vllm.tensor_parallel_size --vllm.gpu_memory_utilization --vllm.enable_sleep
  --vllm.enforce_eager --vllm.enable_prefix_caching --vllm.sync_backend --ds.zero_stage --ds.param_dtype
  --ds.enable_sleep --ds.packing_samples --ds.attn_implementation --ds.adam_offload --ckpt.output_dir --ckpt.path
  --ckpt.save_steps --ckpt.save_hf --logger.logging_steps --logger.wandb.key --logger.tensorboard_dir
`);

/**
 * Keys of verl/trainer/config/_generated_ppo_trainer.yaml in verl 0.9.1, and of its dataclasses where the file has no
 * default: `gdpo_reward_keys` and `gdpo_reward_weights` (config/algorithm.py), `reward_kwargs` (ppo/reward.py).
 */
export const VERL_KEYS = names(`
  actor_rollout_ref.actor.optim.optimizer actor_rollout_ref.actor.optim.optimizer_impl
  actor_rollout_ref.actor.optim.lr actor_rollout_ref.actor.optim.lr_warmup_steps_ratio
  actor_rollout_ref.actor.optim.total_training_steps actor_rollout_ref.actor.optim.weight_decay
  actor_rollout_ref.actor.optim.lr_warmup_steps actor_rollout_ref.actor.optim.betas
  actor_rollout_ref.actor.optim.clip_grad actor_rollout_ref.actor.optim.min_lr_ratio
  actor_rollout_ref.actor.optim.num_cycles actor_rollout_ref.actor.optim.lr_scheduler_type
  actor_rollout_ref.actor.optim.zero_indexed_step actor_rollout_ref.actor.optim.warmup_style
  actor_rollout_ref.actor.optim.override_optimizer_config actor_rollout_ref.actor.rollout_n
  actor_rollout_ref.actor.strategy actor_rollout_ref.actor.ppo_mini_batch_size
  actor_rollout_ref.actor.ppo_micro_batch_size actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu
  actor_rollout_ref.actor.use_dynamic_bsz actor_rollout_ref.actor.ppo_max_token_len_per_gpu
  actor_rollout_ref.actor.clip_ratio actor_rollout_ref.actor.clip_ratio_low
  actor_rollout_ref.actor.clip_ratio_high actor_rollout_ref.actor.tau_pos actor_rollout_ref.actor.tau_neg
  actor_rollout_ref.actor.freeze_vision_tower actor_rollout_ref.actor.clip_ratio_c
  actor_rollout_ref.actor.loss_agg_mode actor_rollout_ref.actor.loss_scale_factor
  actor_rollout_ref.actor.entropy_coeff actor_rollout_ref.actor.calculate_entropy
  actor_rollout_ref.actor.calculate_sum_pi_squared actor_rollout_ref.actor.use_kl_loss
  actor_rollout_ref.actor.use_prefix_grouper actor_rollout_ref.actor.use_torch_compile
  actor_rollout_ref.actor.kl_loss_coef actor_rollout_ref.actor.kl_loss_type
  actor_rollout_ref.actor.ppo_epochs actor_rollout_ref.actor.shuffle
  actor_rollout_ref.actor.data_loader_seed actor_rollout_ref.actor.use_fused_kernels
  actor_rollout_ref.actor.grad_clip actor_rollout_ref.actor.ulysses_sequence_parallel_size
  actor_rollout_ref.actor.entropy_from_logits_with_chunking
  actor_rollout_ref.actor.entropy_from_logits_chunk_size actor_rollout_ref.actor.entropy_checkpointing
  actor_rollout_ref.actor.pad_to_length actor_rollout_ref.actor.use_remove_padding
  actor_rollout_ref.ref.rollout_n actor_rollout_ref.ref.strategy actor_rollout_ref.ref.use_torch_compile
  actor_rollout_ref.ref.log_prob_micro_batch_size actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu
  actor_rollout_ref.ref.log_prob_use_dynamic_bsz actor_rollout_ref.ref.log_prob_max_token_len_per_gpu
  actor_rollout_ref.ref.ulysses_sequence_parallel_size
  actor_rollout_ref.ref.entropy_from_logits_with_chunking
  actor_rollout_ref.ref.entropy_from_logits_chunk_size actor_rollout_ref.ref.entropy_checkpointing
  actor_rollout_ref.ref.pad_to_length actor_rollout_ref.rollout.name actor_rollout_ref.rollout.mode
  actor_rollout_ref.rollout.nnodes actor_rollout_ref.rollout.n_gpus_per_node
  actor_rollout_ref.rollout.temperature actor_rollout_ref.rollout.top_k actor_rollout_ref.rollout.top_p
  actor_rollout_ref.rollout.full_determinism actor_rollout_ref.rollout.seed
  actor_rollout_ref.rollout.prompt_length actor_rollout_ref.rollout.response_length
  actor_rollout_ref.rollout.dtype actor_rollout_ref.rollout.gpu_memory_utilization
  actor_rollout_ref.rollout.ignore_eos actor_rollout_ref.rollout.enforce_eager
  actor_rollout_ref.rollout.cudagraph_capture_sizes actor_rollout_ref.rollout.free_cache_engine
  actor_rollout_ref.rollout.tensor_model_parallel_size actor_rollout_ref.rollout.data_parallel_size
  actor_rollout_ref.rollout.expert_parallel_size actor_rollout_ref.rollout.pipeline_model_parallel_size
  actor_rollout_ref.rollout.max_num_batched_tokens actor_rollout_ref.rollout.max_model_len
  actor_rollout_ref.rollout.max_num_seqs actor_rollout_ref.rollout.enable_chunked_prefill
  actor_rollout_ref.rollout.enable_prefix_caching actor_rollout_ref.rollout.logprobs_mode
  actor_rollout_ref.rollout.scheduling_policy actor_rollout_ref.rollout.load_format
  actor_rollout_ref.rollout.layered_summon actor_rollout_ref.rollout.log_prob_micro_batch_size
  actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu
  actor_rollout_ref.rollout.log_prob_use_dynamic_bsz
  actor_rollout_ref.rollout.log_prob_max_token_len_per_gpu actor_rollout_ref.rollout.disable_log_stats
  actor_rollout_ref.rollout.do_sample actor_rollout_ref.rollout.n
  actor_rollout_ref.rollout.over_sample_rate actor_rollout_ref.rollout.multi_stage_wake_up
  actor_rollout_ref.rollout.router_config_path actor_rollout_ref.rollout.calculate_log_probs
  actor_rollout_ref.rollout.skip_tokenizer_init actor_rollout_ref.rollout.enable_rollout_routing_replay
  actor_rollout_ref.rollout.moe_load_balance_metrics_interval actor_rollout_ref.rollout.quantization
  actor_rollout_ref.rollout.quantization_config_file actor_rollout_ref.rollout.mtp
  actor_rollout_ref.rollout.qat actor_rollout_ref.model.path actor_rollout_ref.model.hf_config_path
  actor_rollout_ref.model.tokenizer_path actor_rollout_ref.model.use_shm
  actor_rollout_ref.model.trust_remote_code actor_rollout_ref.model.custom_chat_template
  actor_rollout_ref.model.external_lib actor_rollout_ref.model.override_config
  actor_rollout_ref.model.enable_gradient_checkpointing actor_rollout_ref.model.enable_activation_offload
  actor_rollout_ref.model.use_remove_padding actor_rollout_ref.model.lora_rank
  actor_rollout_ref.model.lora_alpha actor_rollout_ref.model.target_modules
  actor_rollout_ref.model.exclude_modules actor_rollout_ref.model.lora_adapter_path
  actor_rollout_ref.model.use_liger actor_rollout_ref.model.use_fused_kernels data.tokenizer data.use_shm
  data.train_files data.val_files data.train_max_samples data.val_max_samples data.prompt_key
  data.reward_fn_key data.max_prompt_length data.max_response_length data.train_batch_size
  data.gen_batch_size data.val_batch_size data.tool_config_path data.function_tool_path
  data.return_raw_input_ids data.return_raw_chat data.return_full_prompt data.shuffle data.seed
  data.dataloader_num_workers data.image_patch_size data.validation_shuffle data.filter_overlong_prompts
  data.filter_overlong_prompts_workers data.truncation data.image_key data.video_key data.audio_key
  data.trust_remote_code data.return_multi_modal_inputs data.apply_chat_template_kwargs
  data.mm_processor_kwargs reward.num_workers reward.custom_reward_function.path
  reward.custom_reward_function.name reward.reward_manager.source reward.reward_manager.name
  reward.reward_manager.module.path reward.reward_manager.module.name algorithm.gamma algorithm.lam
  algorithm.adv_estimator algorithm.norm_adv_by_std_in_grpo algorithm.use_kl_in_reward
  algorithm.kl_penalty algorithm.kl_ctrl.type algorithm.kl_ctrl.kl_coef algorithm.kl_ctrl.horizon
  algorithm.kl_ctrl.target_kl algorithm.use_pf_ppo algorithm.pf_ppo.reweight_method
  algorithm.pf_ppo.weight_pow trainer.balance_batch trainer.total_epochs trainer.total_training_steps
  trainer.project_name trainer.experiment_name trainer.logger trainer.log_val_generations
  trainer.rollout_data_dir trainer.validation_data_dir trainer.nnodes trainer.n_gpus_per_node
  trainer.save_freq trainer.esi_redundant_time trainer.resume_mode trainer.resume_from_path
  trainer.checkpoint_callback_class trainer.val_before_train trainer.val_only trainer.test_freq
  trainer.critic_warmup trainer.default_hdfs_dir trainer.del_local_ckpt_after_load
  trainer.default_local_dir trainer.max_actor_ckpt_to_keep trainer.max_critic_ckpt_to_keep
  trainer.ray_wait_register_center_timeout trainer.device trainer.use_v1 algorithm.gdpo_reward_keys
  algorithm.gdpo_reward_weights reward.custom_reward_function.reward_kwargs
`);
